// SPDX-License-Identifier: GPL-3.0-or-later
// Sensitivities by other metrics, the lab, and fits that measure, on the command line.
#include "tests/cli/run_cli.h"

#include <cmath>

using namespace bitloom;

class TestCliLab : public QObject {
    Q_OBJECT

    static QString model() { return QString::fromStdString(testData()) + "/models/stories260K/hf"; }
    static QString text(const char* name)
    {
        return QString::fromStdString(testData()) + "/text/tinystories/" + name;
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (qEnvironmentVariableIsEmpty("BITLOOM_CLI"))
            QSKIP("BITLOOM_CLI does not name the program; ctest sets it");
        BITLOOM_REQUIRE_TEST_DATA();
    }

    void aMetricListsEverySlot()
    {
        const QStringList arguments = {
            "sensitivity", model(), "--text",  text("tinystories_sample_exllamav2.txt"),
            "--windows",   "4",     "--metric"};
        const Outcome weights = run(arguments + QStringList{"weight-error", "--json"});
        QVERIFY2(weights.status == 0, qPrintable(weights.err));
        QVERIFY(weights.json()["quantity"].isNull());
        const Outcome kronecker = run(arguments + QStringList{"kronecker", "--json"});
        QVERIFY2(kronecker.status == 0, qPrintable(kronecker.err));
        const QJsonObject result = kronecker.json();
        QCOMPARE(result["quantity"].toString(), QString("KL, nats per token"));
        QCOMPARE(result["slots"].toArray().size(), 36);
        double sum = 0;
        for (const QJsonValue& slot : result["slots"].toArray()) {
            QVERIFY(slot["damage"].toDouble() > 0);
            sum += slot["damage"].toDouble();
        }
        QCOMPARE(result["total"].toDouble(), sum);
        const Outcome table = run(arguments + QStringList{"kronecker"});
        QVERIFY(
            table.out.startsWith("Damage of 4 bits (int4-g32-sym:nearest) by Kronecker factors"));
        QCOMPARE(run(arguments + QStringList{"guess"}).status, 2);
        QCOMPARE(run(arguments + QStringList{"kronecker", "--curvature", "trace"}).status, 2);
    }

    void theLabQuantizesValues()
    {
        const QStringList arguments = {"lab",
                                       model(),
                                       "--text",
                                       text("tinystories_sample_exllamav2.txt"),
                                       "--windows",
                                       "8",
                                       "--evaluation",
                                       text("tinystories_valid_30k.txt"),
                                       "--evaluation-windows",
                                       "4",
                                       "--activation-scheme",
                                       "int8-token-sym,int4-token-sym"};
        const Outcome lab = run(arguments + QStringList{"--metric", "fisher,error", "--json"});
        QVERIFY2(lab.status == 0, qPrintable(lab.err));
        const QJsonArray points = lab.json()["points"].toArray();
        const QJsonArray scores = lab.json()["scores"].toArray();
        QCOMPARE(scores.size(), qsizetype{2});
        QVERIFY(scores[0]["spearman"].toDouble() > 0.95);
        QVERIFY(scores[0]["within"].toObject().contains("int8-token-sym"));
        QVERIFY(scores[1]["ln_ratio"].isNull());
        QVERIFY(points.size() > 100);
        QVERIFY(points[0]["value"].isString() && points[0]["slot"].isUndefined());
        QVERIFY(run(arguments + QStringList{"--metric", "fisher"})
                    .out.contains("measurements of one value alone"));
        QCOMPARE(run(arguments + QStringList{"--schemes", "q4_k"}).status, 2);
        QCOMPARE(run(arguments + QStringList{"--metric", "kronecker"}).status, 1);
    }

    void theLabRanksMetrics()
    {
        const QStringList arguments = {"lab",
                                       model(),
                                       "--text",
                                       text("tinystories_sample_exllamav2.txt"),
                                       "--windows",
                                       "16",
                                       "--evaluation",
                                       text("tinystories_valid_30k.txt"),
                                       "--evaluation-windows",
                                       "6",
                                       "--metric",
                                       "fisher,weight-error",
                                       "--schemes",
                                       "int2-g32-asym,int4-g32-asym"};
        const Outcome lab = run(arguments + QStringList{"--json"});
        QVERIFY2(lab.status == 0, qPrintable(lab.err));
        const QJsonObject result = lab.json();
        QCOMPARE(result["points"].toArray().size(), 72);
        QVERIFY(result["complete"].toBool());
        const QJsonArray scores = result["scores"].toArray();
        QCOMPARE(scores[0]["metric"].toString(), QString("fisher"));
        QVERIFY(scores[0]["spearman"].toDouble() > 0.95);
        QVERIFY(scores[0]["spearman"].toDouble() > scores[1]["spearman"].toDouble() + 0.05);
        QVERIFY(scores[0]["ln_ratio"].isDouble());
        QVERIFY(scores[1]["ln_ratio"].isNull());
        QVERIFY(scores[0]["within"].toObject().contains("int4-g32-asym"));
        const Outcome table = run(arguments);
        QVERIFY(table.out.startsWith("72 measurements"));
        QVERIFY(table.out.contains("no common scale"));
    }

    void aFitMeasures()
    {
        const QTemporaryDir folder;
        const QString recipe = folder.filePath("recipe.json");
        const QStringList arguments = {"fit",
                                       model(),
                                       "--bits",
                                       "3.5",
                                       "--schemes",
                                       "int2-g32-asym,int3-g32-asym,int4-g32-asym",
                                       "--text",
                                       text("tinystories_sample_exllamav2.txt"),
                                       "--windows",
                                       "16",
                                       "--context",
                                       "64",
                                       "--measure-windows",
                                       "40",
                                       "--minutes",
                                       "0.05",
                                       "--force",
                                       "-o",
                                       recipe,
                                       "--measure"};
        const Outcome fit =
            run(arguments + QStringList{text("tinystories_valid_30k.txt"), "--json"});
        QVERIFY2(fit.status == 0, qPrintable(fit.err));
        const QJsonObject measured = fit.json()["measured"].toObject();
        QCOMPARE(measured["text"].toString(), QString("tinystories_valid_30k.txt"));
        QVERIFY(measured["tried"].toArray().size() > 5);
        QVERIFY(measured["found"]["value"].toDouble() > 0);
        QVERIFY(fit.json()["bits_per_weight"].toDouble() <= 3.5);
        QVERIFY(QFile::exists(recipe));
        const Outcome shown = run(arguments + QStringList{text("tinystories_valid_30k.txt")});
        QVERIFY2(shown.out.contains("recipes measured on tinystories_valid_30k.txt"),
                 qPrintable(shown.out));
        const Outcome same = run(arguments + QStringList{text("tinystories_sample_exllamav2.txt")});
        QCOMPARE(same.status, 1);
        QVERIFY2(same.err.contains("shares lines"), qPrintable(same.err));
        QCOMPARE(
            run({"fit", model(), "--bits", "4", "--text", "t", "-o", "r", "--minutes", "3"}).status,
            2);
    }

    /// The recipe first, then slots alone; what was said of the recipe stays, and the table tells
    /// what was not within its range.
    void theMostUncertainIsMeasured()
    {
        const QStringList arguments = {
            "measure",   model(), "--set",     ".*_proj=int3-g32-asym",
            "--target",  "any",   "--text",    text("tinystories_sample_exllamav2.txt"),
            "--windows", "16",    "--trials",  "6",
            "--seconds", "600",   "--held-out"};
        const Outcome measured =
            run(arguments + QStringList{text("tinystories_valid_30k.txt"), "--json"});
        QVERIFY2(measured.status == 0, qPrintable(measured.err));
        const QJsonObject result = measured.json();
        const QJsonArray order = result["order"].toArray();
        QCOMPARE(order.size(), 6);
        QCOMPARE(order[0]["what"].toString(), QString("the recipe"));
        QVERIFY(order[1]["what"].toString().endsWith(" at int3-g32-asym"));
        QCOMPARE(result["points"].toArray().size(), 6);
        QCOMPARE(result["after"].toObject(), result["before"].toObject());
        int hits = 0;
        for (const QJsonValue point : result["points"].toArray()) {
            const QJsonObject prior = point.toObject()["prior"].toObject();
            const double value = point.toObject()["measured"].toDouble();
            QCOMPARE(prior["hit"].toBool(),
                     value >= prior["low"].toDouble() && value <= prior["high"].toDouble());
            hits += prior["hit"].toBool() ? 1 : 0;
        }
        QCOMPARE(result["in_range"].toInt(), hits);
        QCOMPARE(result["of"].toInt(), 6);
        QCOMPARE(result["before"]["predicted"].toDouble(),
                 result["before"]["closed_form"].toDouble());
        QVERIFY(result["spearman"].toDouble() > 0);
        const Outcome same = run(arguments + QStringList{text("tinystories_sample_exllamav2.txt")});
        QCOMPARE(same.status, 1);
        QVERIFY2(same.err.contains("shares lines"), qPrintable(same.err));
    }

    void nothingIsMeasuredOnTheCalibrationText()
    {
        const QString same = text("tinystories_valid_30k.txt");
        const Outcome outcome = run({"lab", model(), "--text", same, "--evaluation", same});
        QCOMPARE(outcome.status, 1);
        QVERIFY2(outcome.err.contains("shares lines"), qPrintable(outcome.err));
    }
};

QTEST_GUILESS_MAIN(TestCliLab)
#include "tst_cli_lab.moc"
