// SPDX-License-Identifier: GPL-3.0-or-later
// Two recipes side by side on the command line.
#include "tests/cli/run_cli.h"

using namespace bitloom;

class TestCliCompare : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_recipe;

private Q_SLOTS:
    void initTestCase()
    {
        if (qEnvironmentVariableIsEmpty("BITLOOM_CLI"))
            QSKIP("BITLOOM_CLI does not name the program; ctest sets it");
        m_recipe = m_folder.filePath("two.json");
        QFile file(m_recipe);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"format": "bitloom-recipe", "version": 1, "target": "gguf", "slots": {
            "model.layers.0.mlp.up_proj": {"scheme": "q4_k"},
            "model.layers.1.mlp.up_proj": {"scheme": "q2_k"}},
            "values": {"norm": "int4-token-sym"}})");
    }

    /// Without a text, sizes alone.
    void sizesNeedNoText()
    {
        const Outcome outcome =
            run({"compare", "sample", "--recipe", "original", "--recipe", m_recipe, "--json"});
        QVERIFY2(outcome.status == 0, qPrintable(outcome.err));
        const QJsonObject result = outcome.json();
        QCOMPARE(result["a"].toString(), QString("original"));
        QCOMPARE(result["b"].toString(), QString("two.json"));
        QVERIFY(result["text"].isNull() && result["predicted"][0].isNull());
        const QJsonArray slots = result["slots"].toArray();
        QCOMPARE(slots.size(), 2);
        QCOMPARE(slots[0]["a"].toString(), QString("stored"));
        QVERIFY(slots[0]["b"].toString().startsWith("q4_k:"));
        QVERIFY(slots[1]["bytes"].toDouble() < slots[0]["bytes"].toDouble());
        QVERIFY(slots[0]["predicted"].isNull());
        const QJsonObject value = result["values"].toArray().first().toObject();
        QCOMPARE(value["name"].toString(), QString("norm"));
        QCOMPARE(value["a"].toString(), QString("float"));
        QCOMPARE(value["b"].toString(), QString("int4-token-sym"));
        QVERIFY(value["predicted"].isNull());
    }

    void costsNeedOne()
    {
        const QStringList arguments = {
            "compare",   "sample",   "--recipe", m_recipe,
            "--recipe",  "original", "--text",   sampleFile("calibration.txt"),
            "--windows", "4"};
        const Outcome outcome = run(arguments + QStringList{"--json"});
        QVERIFY2(outcome.status == 0, qPrintable(outcome.err));
        const QJsonObject result = outcome.json();
        QCOMPARE(result["predicted"][1].toDouble(), 0.0);
        double sum = 0;
        for (const QJsonValue& slot : result["slots"].toArray())
            sum += slot["predicted"].toDouble();
        QVERIFY(sum < 0);
        const double value = result["values"][0]["predicted"].toDouble();
        QVERIFY(value < 0);
        sum += value;
        QVERIFY(std::abs(sum + result["predicted"][0].toDouble()) < 1e-9);
        const Outcome table = run(arguments);
        QVERIFY2(table.out.contains("damage b-a"), qPrintable(table.out));
        QVERIFY(table.out.contains("int4-token-sym"));
        QVERIFY(table.out.contains("a: ") && table.out.contains("16.000 bits per weight"));
    }

    void takesTwoRecipes()
    {
        QCOMPARE(run({"compare", "sample", "--recipe", m_recipe}).status, 2);
        const Outcome missing = run({"compare", "sample", "--recipe", m_recipe, "--recipe",
                                     m_folder.filePath("none.json")});
        QCOMPARE(missing.status, 1);
        QVERIFY2(missing.err.contains("none.json"), qPrintable(missing.err));
    }
};

QTEST_GUILESS_MAIN(TestCliCompare)
#include "tst_cli_compare.moc"
