// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as its users meet it: exit status, one sentence, documented JSON.
#include "tests/cli/run_cli.h"

#include <QtTest>
#include <cmath>
#include <csignal>

using namespace bitloom;

class TestCli : public QObject, private CliFiles {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (qEnvironmentVariableIsEmpty("BITLOOM_CLI"))
            QSKIP("BITLOOM_CLI does not name the program; ctest sets it");
    }

    void helpListsVerbsAndTables()
    {
        const Outcome help = run({"--help"});
        QCOMPARE(help.status, 0);
        for (const char* word : {"info", "stats", "sensitivity", "fit", "evaluate", "embed",
                                 "generate", "export", "bench", "lab", "report", "tokenize", "q4_k",
                                 "int4-g32-sym", "mse", "nearest", "gguf"})
            QVERIFY2(help.out.contains(word), word);
        QVERIFY(run({"--version"}).out.startsWith("bitloom "));
        QVERIFY(run({"evaluate", "--help"}).out.contains("standard_error"));
        QVERIFY(run({"fit", "--help"}).out.contains("null"));
    }

    void wrongUsageIsTwo_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const auto row = [](const char* line) {
            QTest::newRow(line) << QString(line).split(' ', Qt::SkipEmptyParts);
        };
        row("");
        row("levitate sample");
        row("info");
        row("info sample --loud");
        row("evaluate sample");
        row("evaluate sample --text a --inputs b");
        row("evaluate sample");
        row("evaluate sample --text f --engine abacus");
        row("evaluate sample --text f --context 9 --split-documents x");
        row("evaluate sample --text f --context 9 --split-lines");
        row("evaluate sample --text f --split-lines --split-documents x");
        row("fit sample --text f -o r");
        row("fit sample --text f -o r --bits 4 --bytes 9");
        row("fit sample --text f -o r --bits -4");
        row("fit sample --text f -o r --bits nan");
        row("fit sample --text f -o r --damage nan");
        row("fit sample --text f -o r --damage inf");
        row("fit sample --text f -o r --damage 0");
        row("generate sample --prompt a --tokens many");
        row("generate sample --prompt a --temperature nan");
        row("export sample --format zip -o f");
        row("tokenize sample");
    }
    void wrongUsageIsTwo()
    {
        QFETCH(QStringList, arguments);
        const Outcome outcome = run(arguments);
        QCOMPARE(outcome.status, 2);
        QVERIFY(outcome.out.isEmpty());
        QVERIFY(!outcome.err.isEmpty());
    }

    void failuresAreOneSentence_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("named");
        const QString text = sampleFile("evaluation.txt");
        const QString empty = written("empty.gguf", "");
        const auto row = [](const char* name, const QStringList& arguments, const QString& named) {
            QTest::newRow(name) << arguments << named;
        };
        row("missing model", {"info", "/nowhere/model"}, "/nowhere/model");
        row("empty model", {"info", empty}, "empty.gguf");
        row("no model", {"info", written("hello.gguf", "hello")}, "hello.gguf");
        row("folder without a model", {"info", folder()}, folder());
        row("missing text", {"evaluate", "sample", "--text", "/nowhere/text"}, "/nowhere/text");
        row("empty text", {"evaluate", "sample", "--text", empty}, "too short");
        row("unknown scheme", {"evaluate", "sample", "--set", ".*=int99", "--text", text}, "int99");
        row("unknown method", {"evaluate", "sample", "--set", ".*=q4_0:magic", "--text", text},
            "magic");
        row("broken expression", {"evaluate", "sample", "--set", "(=q4_0", "--text", text},
            "\"(\"");
        row("no slot", {"evaluate", "sample", "--set", "zebra=q4_0", "--text", text}, "zebra");
        row("no assignment", {"evaluate", "sample", "--set", "zebra", "--text", text}, "zebra");
        row("correction alone", {"evaluate", "sample", "--correct", ".*=lorc:4", "--text", text},
            "kept as stored");
        row("transform alone", {"evaluate", "sample", "--transform", "smoothquant", "--text", text},
            "--calibration");
        row("no value",
            {"evaluate", "sample", "--activation", "zebra=int8-token-sym", "--text", text},
            "zebra");
        row("unknown activation scheme",
            {"evaluate", "sample", "--activation", ".*=int9", "--text", text}, "int9");
        row("activation schemes in a file",
            {"export", "sample", "--activation", ".*=int8-token-sym", "--format", "gguf", "-o",
             path("quantized.gguf")},
            "quantizes");
        row("broken recipe", {"evaluate", "sample", "--recipe", empty, "--text", text}, "JSON");
        row("misfit",
            {"export", "sample", "--set", ".*=int4-g32-sym", "--format", "gguf", "-o",
             path("misfit.gguf")},
            "model.embed_tokens");
        row("unwritable", {"export", "sample", "--format", "gguf", "-o", "/nowhere/x.gguf"},
            "/nowhere/x.gguf");
        row("impossible budget",
            {"fit", "sample", "--bits", "0.1", "--windows", "1", "--context", "16", "--text", text,
             "-o", path("impossible.json")},
            "budget");
        row("nothing to lock",
            {"fit", "sample", "--bits", "4", "--lock", "zebra", "--text", text, "-o",
             path("lock.json")},
            "zebra");
        row("limit of no slot",
            {"fit", "sample", "--bits", "4", "--at-least", "zebra=4", "--text", text, "-o",
             path("lock.json")},
            "zebra");
        row("limit without bits",
            {"fit", "sample", "--bits", "4", "--at-most", ".*proj", "--text", text, "-o",
             path("lock.json")},
            "REGEX=BITS");
        row("uncalibrated",
            {"export", "sample", "--set", ".*=q4_0:gptq", "--format", "gguf", "-o",
             path("uncalibrated.gguf")},
            "--calibration");
        row("overlapping texts", {"evaluate", "sample", "--text", text, "--calibration", text},
            "evaluation.txt");
        row("long prompt", {"generate", "sample", "--prompt", QString("word ").repeated(400)},
            "context");
    }
    void failuresAreOneSentence()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, named);
        const Outcome outcome = run(arguments);
        QVERIFY2(outcome.status == 1, qPrintable(outcome.err));
        QCOMPARE(outcome.out, QString());
        QVERIFY2(outcome.err.contains(named), qPrintable(outcome.err));
        // After what is said of the text, and without an operation's code.
        QVERIFY2(!outcome.err.section('\n', -2).startsWith('['), qPrintable(outcome.err));
        QVERIFY2(outcome.err.endsWith(".\n"), qPrintable(outcome.err));
    }

    void infoNamesSlots()
    {
        const Outcome outcome = run({"info", "sample", "--json"});
        succeeds(outcome);
        const QJsonObject info = outcome.json();
        QCOMPARE(info["architecture"].toString(), QString("llama"));
        QCOMPARE(info["parameters"].toInteger(), qint64{3672320});
        QVERIFY(info["runnable"].toBool());
        const QJsonArray slotList = info["slots"].toArray();
        QCOMPARE(slotList.size(), 38);
        QCOMPARE(slotList[0].toObject()["name"].toString(), QString("model.embed_tokens"));
        QCOMPARE(slotList[0].toObject()["role"].toString(), QString("token embedding"));
    }

    void tokenizeCountsSpecials()
    {
        const QJsonObject with = run({"tokenize", "sample", "--prompt", "a boat", "--json"}).json();
        const QJsonObject without =
            run({"tokenize", "sample", "--prompt", "a boat", "--no-special", "--json"}).json();
        QCOMPARE(with["count"].toInt(), without["count"].toInt() + 1);
        QCOMPARE(with["ids"].toArray()[0].toInt(), 1);
        QCOMPARE(with["ids"].toArray().size(), with["count"].toInt());
    }

    void statsCoverEverySlot()
    {
        const Outcome outcome = run({"stats", "sample", "--text", sampleFile("calibration.txt"),
                                     "--windows", "1", "--context", "32", "--json"});
        succeeds(outcome);
        const QJsonArray all = outcome.json()["slots"].toArray();
        QCOMPARE(all.size(), 38);
        const QJsonObject first = all[0].toObject();
        QCOMPARE(first["count"].toInt(), 2048 * 256);
        QVERIFY(first["minimum"].toDouble() < 0 && first["maximum"].toDouble() > 0);
        double counted = 0;
        for (const QJsonValue bin : first["histogram"].toObject()["counts"].toArray())
            counted += bin.toDouble();
        QCOMPARE(counted, 2048.0 * 256);
        QVERIFY(outcome.json()["activations"].toArray().size() >= 4);
    }

    void sensitivityAddsUp()
    {
        const Outcome outcome =
            run({"sensitivity", "sample", "--text", sampleFile("calibration.txt"), "--windows", "2",
                 "--context", "32", "--json"});
        succeeds(outcome);
        double sum = 0;
        for (const QJsonValue slot : outcome.json()["slots"].toArray())
            sum += slot.toObject()["damage"].toDouble();
        QVERIFY(sum > 0);
        QVERIFY(std::abs(sum - outcome.json()["total"].toDouble()) < 1e-9);
        QCOMPARE(outcome.json()["windows"].toInt(), 2);
        QCOMPARE(outcome.json()["context"].toInt(), 32);
    }

    void generateRepeatsItself()
    {
        const QStringList arguments = {"generate", "sample", "--prompt",      "Once upon a time",
                                       "--tokens", "8",      "--temperature", "1",
                                       "--seed",   "7"};
        const Outcome first = run(arguments);
        succeeds(first);
        QVERIFY(first.out.startsWith("Once upon a time"));
        QVERIFY(first.out.size() > 20);
        QCOMPARE(run(arguments).out, first.out);
        const QJsonObject json = run(arguments + QStringList{"--json"}).json();
        QCOMPARE(json["text"].toString() + "\n", first.out);
        QCOMPARE(json["tokens"].toInt(), 8);
    }

    void evaluateStatesTheDocumentedFigures()
    {
        const QStringList common = {
            "evaluate",  "sample", "--text",    sampleFile("evaluation.txt"),
            "--context", "64",     "--windows", "4",
            "--engine",  "torch",  "--json"};
        const Outcome plain = run(common);
        succeeds(plain);
        QCOMPARE(plain.json()["tokens"].toInt(), 4 * 63);
        QCOMPARE(plain.json()["engine"].toString(), QString("torch"));
        const double perplexity = plain.json()["perplexity"].toDouble();
        QVERIFY(perplexity > 1 && plain.json()["standard_error"].toDouble() > 0);
        QVERIFY(!plain.json().contains("kl_mean"));

        const Outcome set = run(common + QStringList{"--set", ".*=int4-g32-sym:nearest"});
        succeeds(set);
        const QJsonObject compared = set.json();
        QCOMPARE(compared["original_perplexity"].toDouble(), perplexity);
        QCOMPARE(compared["bits_per_weight"].toDouble(), 4.5);
        QVERIFY(compared["bytes"].toInteger() > 0);
        QVERIFY(compared["kl_mean"].toDouble() > 0);
        QVERIFY(compared["kl_reverse_mean"].toDouble() > 0);
        QVERIFY(compared["kl_p99"].toDouble() > compared["kl_mean"].toDouble());
        for (double last = 0;
             const char* quantile : {"median", "p90", "p95", "p99", "p999", "maximum"}) {
            const double now = compared[QString("kl_") + quantile].toDouble();
            QVERIFY2(now > last, quantile);
            last = now;
        }
        QVERIFY(compared["top1_agreement"].toDouble() > 0.5);
        QVERIFY(compared["top5_agreement"].toDouble() > compared["top1_agreement"].toDouble());
        for (const char* name : {"ln_perplexity_ratio", "kl_mean", "kl_reverse_mean",
                                 "top1_agreement", "top5_agreement"}) {
            const QJsonValue error = compared[QString(name) + "_standard_error"];
            QVERIFY2(error.isDouble() && error.toDouble() < 0.1, name);
        }
        QVERIFY(std::abs(compared["ln_perplexity_ratio"].toDouble() -
                         std::log(compared["perplexity"].toDouble() / perplexity)) < 1e-9);
        const QJsonArray along = compared["kl_along"].toArray();
        QCOMPARE(along.size(), 16);
        QCOMPARE(along.last()["last"].toInt(), 63);
        QVERIFY(run(common.first(common.size() - 1) + QStringList{"--set", ".*=int4-g32-sym"})
                    .out.contains("KL of a token"));
    }

    void evaluateFollowsTheErrorAlongTheDepth()
    {
        const QStringList common = {
            "evaluate",  "sample", "--text",    sampleFile("evaluation.txt"),
            "--context", "64",     "--windows", "2",
            "--engine",  "torch",  "--depth"};
        const Outcome coarse = run(common + QStringList{"--set", ".*=int4-g32-sym", "--json"});
        succeeds(coarse);
        const QJsonObject depth = coarse.json()["depth"].toObject();
        QCOMPARE(depth["engine"].toString(), QString("torch"));
        QCOMPARE(depth["windows"].toInt(), 2);
        const QJsonArray parts = depth["parts"].toArray();
        QCOMPARE(parts.size(), 6); // embedding, four blocks, head
        QVERIFY(parts[0]["block"].isNull());
        QCOMPARE(parts[4]["block"].toInt(), 3);
        QCOMPARE(parts[5]["value"].toString(), QString("logits"));
        for (const QJsonValue& part : parts)
            QVERIFY(part["sqnr"].toDouble() > 5 && part["sqnr"].toDouble() < 40);
        const Outcome late =
            run(common + QStringList{"--set", "model\\.layers\\.3\\..*=int4-g32-sym"});
        succeeds(late);
        QCOMPARE(late.out.count("no error"), 4);
        QVERIFY(run(common).err.contains("--recipe"));
    }

    void fitThenExportThenOpen()
    {
        const Outcome fit =
            run({"fit", "sample", "--bits", "5", "--text", sampleFile("calibration.txt"),
                 "--windows", "2", "--context", "32", "--lock", "model.embed_tokens", "--set",
                 "model.embed_tokens=q8_0", "-o", path("recipe.json"), "--json"});
        succeeds(fit);
        QVERIFY(fit.json()["bits_per_weight"].toDouble() <= 5);
        QVERIFY(fit.json()["predicted_kl"].toDouble() > 0);
        QCOMPARE(fit.json()["schemes"].toObject()["model.embed_tokens"].toString(),
                 QString("q8_0"));
        const Outcome exported = run({"export", "sample", "--recipe", path("recipe.json"),
                                      "--format", "gguf", "-o", path("out.gguf"), "--json"});
        succeeds(exported);
        QCOMPARE(exported.json()["bytes"].toInteger(), QFileInfo(path("out.gguf")).size());
        QCOMPARE(exported.json()["bytes"].toInteger(), fit.json()["bytes"].toInteger());
        const Outcome info = run({"info", path("out.gguf"), "--json"});
        succeeds(info);
        QCOMPARE(info.json()["slots"].toArray()[0].toObject()["type"].toString(), QString("q8_0"));
    }

    /// A recipe that needs calibration asks for its text, and for no other.
    void calibratedRecipes()
    {
        const QString text = sampleFile("calibration.txt");
        const Outcome fit = run({"fit", "sample", "--bits", "5", "--text", text, "--windows", "4",
                                 "--context", "32", "--method", "mse,gptq", "--schemes",
                                 "q4_0,q4_1,q5_1,q8_0", "-o", path("gptq.json"), "--json"});
        succeeds(fit);
        const QStringList common = {"export",   "sample", "--recipe", path("gptq.json"), "--force",
                                    "--format", "gguf",   "-o",       path("gptq.gguf"), "--json"};
        QVERIFY(run(common).err.contains("calibration.txt"));
        const Outcome wrong =
            run(common + QStringList{"--calibration", sampleFile("evaluation.txt")});
        QVERIFY2(wrong.status == 1 && wrong.err.contains("is not the text"), qPrintable(wrong.err));
        const Outcome right = run(common + QStringList{"--calibration", text});
        succeeds(right);
        QCOMPARE(right.json()["bytes"].toInteger(), fit.json()["bytes"].toInteger());
        const QByteArray original = content("gptq.gguf");
        succeeds(run(common + QStringList{"--calibration", text, "--quantized-inputs"}));
        const QByteArray quantized = content("gptq.gguf");
        QCOMPARE(quantized.size(), original.size());
        QVERIFY(quantized != original);
        const QByteArray noted =
            content("gptq.json").replace("\"quantized_inputs\":false", "\"quantized_inputs\":true");
        written("gptq.json", noted); // as fit --quantized-inputs notes it
        succeeds(run(common + QStringList{"--calibration", text}));
        QVERIFY(content("gptq.gguf") == quantized);
    }

    void reportIsWritten()
    {
        succeeds(run({"report", "sample", "--set", ".*=q4_k", "-o", path("report.html")}));
        QFile file(path("report.html"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("model.embed_tokens"));
    }

    void benchMeasuresTorch()
    {
        const Outcome outcome =
            run({"bench", "sample", "--engine", "torch", "--tokens", "8", "--json"});
        succeeds(outcome);
        const QJsonObject result = outcome.json()["results"].toArray()[0].toObject();
        QVERIFY(result["decode_tokens_per_second"].toDouble() > 0);
        QVERIFY(result["prefill_tokens_per_second"].toDouble() > 0);
    }

    void fullOutputIsAFailure()
    {
        QProcess process;
        process.setStandardOutputFile("/dev/full");
        process.start(qEnvironmentVariable("BITLOOM_CLI"), {"info", "sample", "--json"});
        QVERIFY(process.waitForFinished(30000));
        QCOMPARE(process.exitCode(), 1);
    }

    void interruptEndsPolitely()
    {
        QProcess process;
        process.start(qEnvironmentVariable("BITLOOM_CLI"),
                      {"sensitivity", "sample", "--text", sampleFile("calibration.txt"),
                       "--windows", "100000", "--context", "16", "--progress"});
        QVERIFY(process.waitForStarted());
        process.setReadChannel(QProcess::StandardError);
        QVERIFY(process.waitForReadyRead(60000)); // progress: the work is under way
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 1);
        QVERIFY(process.readAllStandardError().contains("Stopped before it was complete"));
        QVERIFY(process.readAllStandardOutput().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
