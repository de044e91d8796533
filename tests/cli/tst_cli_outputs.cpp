// SPDX-License-Identifier: GPL-3.0-or-later
// No verb writes over what must stay, and recipes are taken for the model they were made for.
#include "tests/cli/run_cli.h"

#include <sys/stat.h>

using namespace bitloom;

namespace {

QString dataFile(const char* name)
{
    return QString::fromStdString(testData()) + "/" + name;
}

QString copyOf(const QString& folder, const QString& to)
{
    QDir().mkpath(to);
    const QFileInfoList files = QDir(folder).entryInfoList(QDir::Files);
    for (const QFileInfo& file : files) {
        QFile::copy(file.filePath(), to + "/" + file.fileName());
        QFile::setPermissions(to + "/" + file.fileName(), QFile::ReadOwner | QFile::WriteOwner);
    }
    return to;
}

} // namespace

class TestCliOutputs : public QObject {
    Q_OBJECT

    CliFiles m_files;
    QString m_model;
    QString m_text;

    /// Every verb that writes a file, but for the file.
    QMap<QString, QStringList> verbs() const
    {
        return {
            {"export",
             {"export", m_model, "--set", ".*=f16", "--target", "any", "--format", "safetensors"}},
            {"fit",
             {"fit", m_model, "--bits", "9", "--text", m_text, "--context", "32", "--windows",
              "1"}},
            {"report", {"report", m_model, "--set", ".*=f16", "--target", "any"}},
            {"embed", {"embed", dataFile("models/bert-tiny-sst2/hf-encoder"), "--text", m_text}},
            {"evaluate",
             {"evaluate", m_model, "--inputs", m_files.path("rows.safetensors"), "--at",
              "blocks.1.residual"}},
        };
    }

    void refuses(const QStringList& arguments, const char* why)
    {
        const Outcome outcome = run(arguments);
        QCOMPARE(outcome.status, 1);
        QVERIFY2(outcome.err.contains(why), qPrintable(arguments.join(' ') + ": " + outcome.err));
        QVERIFY(outcome.out.isEmpty());
    }

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        m_model = copyOf(dataFile("models/stories260K/hf"), m_files.path("model"));
        m_text = m_files.written(
            "text.txt",
            QByteArray("Once upon a time there was a little dog. It ran.\n").repeated(9));
    }

    void everyVerbAsksForForce_data()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        QTest::addColumn<QStringList>("verb");
        const auto all = verbs();
        for (auto verb = all.begin(); verb != all.end(); ++verb)
            QTest::newRow(qPrintable(verb.key())) << verb.value();
    }

    void everyVerbAsksForForce()
    {
        QFETCH(QStringList, verb);
        const QString there = m_files.written("there", "mine");
        refuses(verb + QStringList{"-o", there}, "--force replaces it");
        QCOMPARE(m_files.content("there"), QByteArray("mine"));
        QCOMPARE(run(verb + QStringList{"-o", ""}).status, 2);
        const QString read = verb.contains(m_text) ? m_text : m_files.path("model/config.json");
        refuses(verb + QStringList{"-o", read, "--force"}, "is being read");
    }

    void whatMustStayStays()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QStringList verb = verbs().value("export");
        const QString there = m_files.written("protected", "mine");
        QFile::setPermissions(there, QFile::ReadOwner);
        refuses(verb + QStringList{"-o", there, "--force"}, "write-protected");
        const QString pipe = m_files.path("pipe");
        QVERIFY(mkfifo(pipe.toLocal8Bit(), 0600) == 0);
        refuses(verb + QStringList{"-o", pipe, "--force"}, "is a pipe");
        refuses(verb + QStringList{"-o", "/dev/stdout", "--force"}, "name another");
        refuses(verb + QStringList{"-o", m_files.folder() + "/nowhere/f"}, "cannot be written");
        const QByteArray before = m_files.content("model/model.safetensors");
        const QString model = m_files.path("model/model.safetensors");
        QVERIFY(QFile::link(model, m_files.path("link")));
        refuses(verb + QStringList{"-o", model, "--force"}, "is being read");
        refuses(verb + QStringList{"-o", m_files.path("link"), "--force"}, "is being read");
        QVERIFY(!before.isEmpty() && m_files.content("model/model.safetensors") == before);
    }

    void aShardedModelIsNotHidden()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QString folder = copyOf(m_model, m_files.path("sharded"));
        QVERIFY(QFile::rename(folder + "/model.safetensors", folder + "/one.safetensors"));
        m_files.written("sharded/model.safetensors.index.json",
                        R"({"weight_map": {"model.norm.weight": "one.safetensors"}})");
        const QString file = folder + "/model.safetensors";
        const QStringList verb = verbs().value("export") + QStringList{"-o", file};
        refuses(verb, "would hide the model of model.safetensors.index.json");
        refuses(verb, "--force");
        QVERIFY(!QFile::exists(file));
        succeeds(run(verb + QStringList{"--force"}));
        QVERIFY(QFile::exists(file));
    }

    void standardOutputInAFileStays()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        QProcess process;
        process.setStandardOutputFile(m_files.path("stdout.json"));
        process.start(qEnvironmentVariable("BITLOOM_CLI"),
                      verbs().value("export") +
                          QStringList{"-o", m_files.path("stdout.json"), "--force"});
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitCode(), 1);
        QVERIFY(process.readAllStandardError().contains("standard input or output"));
    }

    void forceReplaces()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QString there = m_files.written("old.safetensors", "old");
        succeeds(run(verbs().value("export") + QStringList{"-o", there, "--force"}));
        QVERIFY(m_files.content("old.safetensors").size() > 1000);
        const QString recipe = m_files.path("recipe.json");
        succeeds(run(verbs().value("fit") + QStringList{"-o", recipe}));
        // The recipe that a fit starts from may be its result, where that is asked for.
        const QStringList again =
            verbs().value("fit") + QStringList{"--recipe", recipe, "-o", recipe};
        refuses(again, "--force replaces it");
        succeeds(run(again + QStringList{"--force"}));
        refuses(verbs().value("export") + QStringList{"--recipe", recipe, "-o", recipe, "--force"},
                "is being read");
    }

    void anotherModelsRecipeIsTakenOnlyWhenAskedFor()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QByteArray content =
            R"({"format": "bitloom-recipe", "version": 1, "slots": {}, "target": "any",)"
            R"( "model": {"identity": "0123", "name": "somebody-else"}})";
        const QString recipe = m_files.written("foreign.json", content);
        const QStringList evaluate{"evaluate",  m_model, "--text",   m_text,
                                   "--context", "16",    "--recipe", recipe};
        const Outcome refused = run(evaluate);
        QCOMPARE(refused.status, 1);
        QVERIFY2(refused.err.contains("somebody-else") && refused.err.contains("--foreign-recipe"),
                 qPrintable(refused.err));
        succeeds(run(evaluate + QStringList{"--foreign-recipe"}));
        const QStringList compare{"compare", m_model, "--recipe", recipe, "--recipe", "original"};
        QCOMPARE(run(compare).status, 1);
        succeeds(run(compare + QStringList{"--foreign-recipe"}));
    }
};

QTEST_GUILESS_MAIN(TestCliOutputs)
#include "tst_cli_outputs.moc"
