// SPDX-License-Identifier: GPL-3.0-or-later
// What the command line says of texts, and how it cuts them.
#include "tests/cli/run_cli.h"

#include <filesystem>

namespace bitloom {

namespace {

QString sharedModel(const char* name)
{
    return QString::fromStdString(testData()) + "/models/" + name;
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestCliTexts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Every verb that takes a text reads it in the same way.
    void everyVerbRefusesUnsureTexts_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const QString good = sampleFile("calibration.txt");
        QTest::newRow("evaluate") << QStringList{"evaluate", "sample", "--text", "BAD"};
        QTest::newRow("sensitivity") << QStringList{"sensitivity", "sample", "--text", "BAD"};
        QTest::newRow("curvature")
            << QStringList{"sensitivity", "sample", "--curvature", "trace", "--text", "BAD"};
        QTest::newRow("stats") << QStringList{"stats", "sample", "--text", "BAD"};
        QTest::newRow("fit") << QStringList{"fit", "sample", "--bits", "4",
                                            "-o",  "OUT",    "--text", "BAD"};
        QTest::newRow("fit --measure") << QStringList{
            "fit", "sample", "--bits", "4", "-o", "OUT", "--text", good, "--measure", "BAD"};
        QTest::newRow("lab") << QStringList{"lab", "sample", "--text", good, "--evaluation", "BAD"};
        QTest::newRow("measure") << QStringList{"measure", "sample",     "--text",
                                                good,      "--held-out", "BAD"};
        QTest::newRow("report") << QStringList{"report", "sample",       "-o",
                                               "OUT",    "--evaluation", "BAD"};
        QTest::newRow("export") << QStringList{
            "export", "sample",        "--set", ".*=q4_0:gptq", "--format",
            "gguf",   "--calibration", "BAD",   "-o",           "OUT"};
        QTest::newRow("tokenize") << QStringList{"tokenize", "sample", "--text", "BAD"};
    }
    void everyVerbRefusesUnsureTexts()
    {
        QFETCH(QStringList, arguments);
        const QString bad = m_files.written("latin1.txt", contentOf(sampleFile("evaluation.txt")) +
                                                              "caf\xE9 noir\n");
        arguments.replaceInStrings("BAD", bad);
        arguments.replaceInStrings("OUT", m_files.path("out"));
        const Outcome refused = run(arguments);
        QCOMPARE(refused.status, 1);
        QVERIFY2(refused.err.contains("latin1.txt, line ") && refused.err.contains("0xE9"),
                 qPrintable(refused.err));
        QVERIFY(!QFile::exists(m_files.path("out")));
    }

    void certainEncodingsGiveTheSameFigures()
    {
        const QByteArray text = contentOf(sampleFile("evaluation.txt")).left(8000);
        const QString plain = m_files.written("plain.txt", text);
        QStringEncoder encode(QStringConverter::Utf16LE, QStringConverter::Flag::WriteBom);
        const QByteArray wide = encode(QString::fromUtf8(text).replace("\n", "\r\n"));
        const QString other = m_files.written("wide.txt", wide);
        const auto evaluated = [](const QString& path) {
            return run({"evaluate", "sample", "--text", path, "--engine", "torch", "--json"});
        };
        const Outcome first = evaluated(plain);
        const Outcome second = evaluated(other);
        succeeds(second);
        QCOMPARE(second.json()["perplexity"], first.json()["perplexity"]);
        QVERIFY2(second.err.contains("UTF-16LE") && second.err.contains("CR LF"),
                 qPrintable(second.err));
        QVERIFY(!first.err.contains("CR LF"));
    }

    void promptsAreChecked()
    {
        for (const char* verb : {"generate", "tokenize"}) {
            QProcess process; // arguments of a QProcess are always UTF-8
            process.start("/bin/sh", {"-c", "exec \"$BITLOOM_CLI\" " + QString(verb) +
                                                " sample --prompt \"$(printf 'caf\\351')\""});
            QVERIFY(process.waitForFinished(60000));
            QCOMPARE(process.exitCode(), 1);
            QVERIFY(process.readAllStandardError().contains("The prompt, byte offset 3"));
        }
    }

    /// A window of 131072 tokens would take hours.
    void evaluateCutsWindowsThatFinish()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        namespace fs = std::filesystem;
        const fs::path from = sharedModel("stories260K/hf").toStdString();
        const fs::path to = m_files.path("long").toStdString();
        fs::copy(from, to, fs::copy_options::recursive);
        const QString config = m_files.path("long/config.json");
        QJsonObject json = QJsonDocument::fromJson(contentOf(config)).object();
        json["max_position_embeddings"] = 131072;
        QVERIFY(!m_files.written("long/config.json", QJsonDocument(json).toJson()).isEmpty());
        const QString text =
            m_files.written("long.txt", contentOf(sampleFile("evaluation.txt")).left(6000));
        const Outcome evaluated = run({"evaluate", m_files.path("long"), "--text", text, "--json"});
        succeeds(evaluated);
        QCOMPARE(evaluated.json()["context"].toInt(), 512);
        QVERIFY2(evaluated.err.contains("windows of 512 tokens") &&
                     evaluated.err.contains("131072") && evaluated.err.contains("--context"),
                 qPrintable(evaluated.err));
        const Outcome asked =
            run({"evaluate", m_files.path("long"), "--text", text, "--context", "64", "--json"});
        QCOMPARE(asked.json()["context"].toInt(), 64);
        QVERIFY(!asked.err.contains("windows of"));
    }

    void windowsAreNeverCutSilently()
    {
        const QString text = sampleFile("calibration.txt");
        const Outcome usual =
            run({"sensitivity", "sample", "--text", text, "--windows", "1", "--json"});
        succeeds(usual);
        QVERIFY2(usual.err.contains("windows of 128 tokens"), qPrintable(usual.err));
        const Outcome long_ =
            run({"sensitivity", "sample", "--text", text, "--windows", "1", "--context", "4096"});
        QCOMPARE(long_.status, 1);
        QVERIFY2(long_.err.contains("A window of 4096 tokens"), qPrintable(long_.err));
    }

    void shortTextsSayTheWayOut()
    {
        const QString text = m_files.written("short.txt", "Once upon a time.\n");
        for (const char* verb : {"evaluate", "sensitivity"}) {
            const Outcome refused = run({verb, "sample", "--text", text});
            QCOMPARE(refused.status, 1);
            QVERIFY2(refused.err.contains("tokens) is too short") &&
                         refused.err.contains("--context"),
                     qPrintable(refused.err));
        }
    }

    /// Fairy tales say little of another model, and lines without labels little of a classifier.
    void textsOfOtherModelsAreWarnedOf()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QString tales = sampleFile("evaluation.txt");
        const Outcome own = run({"evaluate", "sample", "--text", tales, "--windows", "2"});
        QVERIFY2(own.err.contains("Evaluation text: ") && !own.err.contains("Warning"),
                 qPrintable(own.err));
        const Outcome foreign =
            run({"evaluate", sharedModel("stories260K/hf"), "--text", tales, "--windows", "2"});
        QVERIFY2(foreign.err.contains("Warning: ") && foreign.err.contains("fairy tales"),
                 qPrintable(foreign.err));
        const QString lines = m_files.written("lines.txt", "It is good.\nIt is bad.\n");
        const QStringList evaluate{
            "evaluate", sharedModel("bert-sst2/hf"), "--set", ".*=int4-g32-sym", "--text", lines};
        const Outcome unlabelled = run(evaluate);
        succeeds(unlabelled);
        QVERIFY2(unlabelled.err.contains("Warning: ") && unlabelled.err.contains("no labels"),
                 qPrintable(unlabelled.err));
        const QString report = m_files.path("report.html");
        succeeds(run({"report", sharedModel("bert-sst2/hf"), "--set", ".*=int4-g32-sym",
                      "--evaluation", lines, "-o", report}));
        QVERIFY(contentOf(report).contains("has no labels"));
    }

    void badRowsOfTablesAreNamed()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QByteArray rows = "label,sentence\n1,What a film.\n0,\"Long, and dull.\"\n1,Good.\n";
        const QString good = m_files.written("good.csv", rows);
        const QString bad = m_files.written("bad.csv", rows + "7,what a film\n");
        const QString model = sharedModel("bert-sst2/hf");
        const Outcome evaluated = run({"evaluate", model, "--text", good, "--json"});
        succeeds(evaluated);
        QVERIFY(evaluated.err.contains("3 sentences with labels"));
        for (const QStringList& verb :
             {QStringList{"evaluate", model, "--set", ".*=int4-g32-sym", "--text", bad},
              QStringList{"sensitivity", model, "--text", bad},
              QStringList{"embed", model, "--text", bad, "-o", m_files.path("e")}}) {
            const Outcome refused = run(verb);
            QCOMPARE(refused.status, 1);
            QVERIFY2(refused.err.contains("bad.csv, line 5: the label \"7\""),
                     qPrintable(refused.err));
        }
    }

private:
    CliFiles m_files;
};

} // namespace bitloom

QTEST_GUILESS_MAIN(bitloom::TestCliTexts)
#include "tst_cli_texts.moc"
