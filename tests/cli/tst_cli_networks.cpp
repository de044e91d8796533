// SPDX-License-Identifier: GPL-3.0-or-later
// Networks that do not continue a text word by word, from the command line.
#include "tests/cli/run_cli.h"

#include <QtTest>
#include <cmath>

using namespace bitloom;

class TestCliNetworks : public QObject, private CliFiles {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (qEnvironmentVariableIsEmpty("BITLOOM_CLI"))
            QSKIP("BITLOOM_CLI does not name the program; ctest sets it");
    }

    /// Windows of 128 where nothing ends a text, or whole lines; states are counted, not caches.
    void recurrentNetworksStateTheirWindows()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QString data = QString::fromStdString(bitloom::testData());
        const QString model = data + "/models/lstm-tinystories-char/hf";
        const QString text = data + "/text/tinystories/lowercase_sentences_test.txt";
        const QStringList common = {"evaluate", model,       "--text", text,    "--engine",
                                    "torch",    "--windows", "3",      "--json"};
        const Outcome plain = run(common);
        succeeds(plain);
        QCOMPARE(plain.json()["context"].toInt(), 128);
        QCOMPARE(plain.json()["tokens"].toInt(), 3 * 127);
        QCOMPARE(plain.json()["lines"].toBool(), false);
        const Outcome lines =
            run(common + QStringList{"--split-lines", "--set", ".*hh.*=int4-g32-sym"});
        succeeds(lines);
        QVERIFY(lines.json()["context"].isNull());
        QCOMPARE(lines.json()["lines"].toBool(), true);
        QCOMPARE(lines.json()["dropped_characters"].toInt(-1), 0);
        QVERIFY(lines.json()["accuracy"].toDouble() > 0.4);
        QVERIFY(lines.json()["kl_mean"].toDouble() > 0);
        const Outcome bars = run(
            {"sensitivity", model, "--text", text, "--windows", "3", "--split-lines", "--json"});
        succeeds(bars);
        QCOMPARE(bars.json()["windows"].toInt(), 3);
        QCOMPARE(bars.json()["examples"].toString(), QString("lines of at most 128 tokens"));
        QCOMPARE(bars.json()["quantity"].toString(), QString("KL, nats per token"));
        QVERIFY(bars.json()["predictions"].toInt() < 3 * 127); // lines are shorter than windows
        const Outcome info = run({"info", model, "--json"});
        succeeds(info);
        QVERIFY(info.json()["context"].isNull());
        const QJsonObject memory = info.json()["memory"].toObject();
        QCOMPARE(memory["key_value_cache"].toInt(), 2 * 128 * 4 * 2);
        const Outcome refused = run({"export", model, "--format", "gguf", "-o", path("lstm.gguf")});
        QVERIFY(refused.status != 0);
        QVERIFY2(refused.err.contains("lstm_lm"), qPrintable(refused.err));
    }

    /// A classifier: a table with labels, classes against the original's, and lines for embed.
    void encodersReadSentences()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QString data = QString::fromStdString(bitloom::testData());
        const QString model = data + "/models/bert-sst2/hf";
        const QString table = data + "/text/sst2/dev_binary_sent.csv";
        const Outcome whole =
            run({"evaluate", model, "--text", table, "--engine", "torch", "--json"});
        succeeds(whole);
        QCOMPARE(whole.json()["examples"].toInt(), 872);
        QCOMPARE(whole.json()["cut"].toInt(), 2);
        QCOMPARE(whole.json()["accuracy"].toDouble(), 700.0 / 872);
        QVERIFY(std::abs(whole.json()["f1"].toDouble() - 0.80846) < 1e-5);
        for (const char* name : {"accuracy", "f1"})
            QVERIFY(whole.json()[QString(name) + "_standard_error"].toDouble() > 0.005);
        QVERIFY(!whole.json().contains("kl_mean"));
        const Outcome some = run({"evaluate", model, "--text", table, "--windows", "64", "--set",
                                  ".*=int3-g32-sym:nearest", "--json"});
        succeeds(some);
        QCOMPARE(some.json()["examples"].toInt(), 64);
        QVERIFY(some.json()["kl_mean"].toDouble() > 0);
        QVERIFY(some.json()["agreement"].toDouble() > 0.8);
        const Outcome unlabelled =
            run({"evaluate", model, "--text", written("lines.txt", "Good film.\nBad film.\n")});
        QCOMPARE(unlabelled.status, 1);
        const Outcome embedded = run({"embed", model, "--text", path("lines.txt"), "-o",
                                      path("logits.safetensors"), "--json"});
        succeeds(embedded);
        QCOMPARE(embedded.json()["lines"].toInt(), 2);
        QCOMPARE(embedded.json()["width"].toInt(), 2);
        const Outcome info = run({"info", path("logits.safetensors"), "--json"});
        succeeds(info);
        QCOMPARE(info.json()["slots"][0]["name"].toString(), QString("embeddings"));
    }

    /// A network without tables runs on given values; what comes out is written under their names.
    void givenValuesAreFed()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const QString model =
            QString::fromStdString(bitloom::testData()) + "/models/bert-tiny-sst2/hf-encoder";
        const QStringList common = {"evaluate", model, "--inputs",
                                    model + "/sample_inputs_embeds.safetensors"};
        const Outcome shown = run(common + QStringList{"--engine", "torch", "--json"});
        succeeds(shown);
        QCOMPARE(shown.json()["at"].toString(), QString("embeddings"));
        const QJsonArray logits = shown.json()["outputs"].toObject()["sentence_0"].toArray();
        QCOMPARE(logits.size(), 2);
        QVERIFY(logits[1].toDouble() > logits[0].toDouble());
        const Outcome file = run(common + QStringList{"-o", path("out.safetensors"), "--json"});
        succeeds(file);
        QCOMPARE(file.json()["inputs"].toInt(), 7);
        const Outcome info = run({"info", path("out.safetensors"), "--json"});
        succeeds(info);
        QCOMPARE(info.json()["slots"].toArray().size(), 7);
        QCOMPARE(info.json()["slots"][6]["shape"].toArray(), QJsonArray{2});
        QCOMPARE(run(common + QStringList{"--at", "nowhere"}).status, 1);
        QCOMPARE(run({"evaluate", model, "--text", sampleFile("evaluation.txt")}).status, 1);
    }
};

QTEST_GUILESS_MAIN(TestCliNetworks)
#include "tst_cli_networks.moc"
