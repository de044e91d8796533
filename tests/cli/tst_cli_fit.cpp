// SPDX-License-Identifier: GPL-3.0-or-later
// Budgets and limits of a fit on the command line.
#include "tests/cli/run_cli.h"

#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>

using namespace bitloom;

class TestCliFit : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    Outcome fit(const QStringList& arguments)
    {
        return run(QStringList{"fit", "sample", "--text", sampleFile("calibration.txt"),
                               "--windows", "4", "--context", "64", "--method", "nearest", "--json",
                               "--force", "-o", m_folder.filePath("recipe.json")} +
                   arguments);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (qEnvironmentVariableIsEmpty("BITLOOM_CLI"))
            QSKIP("BITLOOM_CLI does not name the program; ctest sets it");
    }

    void oneBudgetOrTwoThatGoTogether_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const auto row = [](const char* line) { QTest::newRow(line) << QString(line).split(' '); };
        row("--bits 4 --bytes 2000000");
        row("--damage 0.01 --memory 3000000");
        row("--damage 0.01 --latency 3");
        row("--bits 4 --memory 3000000 --latency 3");
        row("--bits 4 --at-context 64");
        row("--latency 0");
        row("--memory -1");
    }
    void oneBudgetOrTwoThatGoTogether()
    {
        QFETCH(QStringList, arguments);
        QCOMPARE(fit(arguments).status, 2);
    }

    void memoryIsABudget()
    {
        const Outcome outcome = fit({"--memory", "4500000", "--at-context", "64"});
        if (outcome.err.contains("no Vulkan") || outcome.err.contains("without Vulkan"))
            QSKIP("no Vulkan engine: no device, or a build without it");
        QVERIFY2(outcome.status == 0, qPrintable(outcome.err));
        const QJsonObject memory = outcome.json()["memory"].toObject();
        QVERIFY(memory["bytes"].toInteger() <= 4500000);
        QCOMPARE(memory["context"].toInteger(), 64);
        QCOMPARE(memory["weights"].toInteger() + memory["key_value_cache"].toInteger() +
                     memory["activations"].toInteger(),
                 memory["bytes"].toInteger());
        QVERIFY(outcome.json()["decode"].isNull());
        const Outcome both = fit({"--memory", "4500000", "--at-context", "64", "--bits", "3.5"});
        QVERIFY2(both.status == 0, qPrintable(both.err));
        QVERIFY(both.json()["bits_per_weight"].toDouble() <= 3.5);
        QVERIFY(both.json()["memory"].toObject()["bytes"].toInteger() <= 4500000);
    }

    /// By Torch every recipe takes the same, and that is said.
    void timeIsABudget()
    {
        const Outcome outcome = fit({"--latency", "1000", "--engine", "torch"});
        QVERIFY2(outcome.status == 0, qPrintable(outcome.err));
        const QJsonObject decode = outcome.json()["decode"].toObject();
        QVERIFY(decode["milliseconds"].toDouble() > 0);
        QVERIFY(!decode["depends_on_scheme"].toBool());
        QVERIFY2(outcome.err.contains("no scheme is faster"), qPrintable(outcome.err));
    }

    void rolesHaveLimits()
    {
        const Outcome unknown = fit({"--bits", "4", "--at-least", "role:zebra=8"});
        QCOMPARE(unknown.status, 1);
        QVERIFY2(unknown.err.contains("attention value"), qPrintable(unknown.err));
        const Outcome limited = fit({"--bits", "4.5", "--at-least", "role:attention value=8"});
        QVERIFY2(limited.status == 0, qPrintable(limited.err));
        const QJsonObject chosen = limited.json()["schemes"].toObject();
        int values = 0;
        for (const QString& slot : chosen.keys())
            if (slot.endsWith("v_proj")) {
                const QString scheme = chosen[slot].toString();
                QVERIFY2(scheme == "q8_0" || scheme.isEmpty() || scheme.contains("16"),
                         qPrintable(scheme));
                ++values;
            }
        QCOMPARE(values, 4);
        QFile recipe(m_folder.filePath("recipe.json")); // which keeps them
        QVERIFY(recipe.open(QFile::ReadOnly));
        const QJsonObject written =
            QJsonDocument::fromJson(recipe.readAll()).object()["slots"].toObject();
        const auto least = [&](const char* layer) {
            return written[QString("model.layers.0.self_attn.") + layer].toObject().value(
                "least_bits");
        };
        QCOMPARE(least("v_proj").toDouble(), 8.0);
        QVERIFY(least("q_proj").isUndefined());
        const Outcome crossed = fit({"--bits", "4", "--at-least", "role:attention value=8",
                                     "--at-most", "role:attention value=5"});
        QCOMPARE(crossed.status, 1);
        QVERIFY2(crossed.err.contains("more bits at least than at most"), qPrintable(crossed.err));
    }
};

QTEST_APPLESS_MAIN(TestCliFit)
#include "tst_cli_fit.moc"
