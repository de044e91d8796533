// SPDX-License-Identifier: GPL-3.0-or-later
// Values that are quantized while the network runs, from the command line.
#include "tests/cli/run_cli.h"

#include <QtTest>
#include <cmath>

using namespace bitloom;

class TestCliActivations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (qEnvironmentVariableIsEmpty("BITLOOM_CLI"))
            QSKIP("BITLOOM_CLI does not name the program; ctest sets it");
    }

    /// Values are listed by the names that --activation takes.
    void valuesAreQuantized()
    {
        const QString text = sampleFile("calibration.txt");
        const Outcome shown =
            run({"sensitivity", "sample", "--text", text, "--windows", "4", "--context", "32",
                 "--activation-scheme", "int4-token-sym", "--json"});
        QVERIFY2(shown.status == 0, qPrintable(shown.err));
        const QJsonArray values = shown.json()["values"].toArray();
        QVERIFY(values.size() > 20);
        double sum = 0;
        for (const QJsonValue value : values)
            sum += value["damage"].toDouble();
        QVERIFY(sum > 0);
        QVERIFY(std::abs(sum - shown.json()["total"].toDouble()) < 1e-9);
        const auto evaluated = [&](const QStringList& rounds) {
            QStringList arguments{"evaluate",  "sample", "--text",    sampleFile("evaluation.txt"),
                                  "--windows", "4",      "--context", "32",
                                  "--engine",  "torch",  "--json"};
            for (const QString& round : rounds)
                arguments += {"--activation", round};
            const Outcome outcome = run(arguments);
            return outcome.json()["kl_mean"].toDouble();
        };
        const QString name = values[5]["name"].toString();
        const double one = evaluated({name + "=int4-token-sym"});
        QVERIFY(one > 0);
        QVERIFY(evaluated({".*=int4-token-sym"}) > one);
        QCOMPARE(evaluated({".*=int4-token-sym", ".*=float", name + "=int4-token-sym"}), one);
    }

    /// The words of earlier versions, which no help names any more.
    void oldSpellingsGoOn()
    {
        const QString text = sampleFile("calibration.txt");
        const auto same = [](const QStringList& now, const QStringList& before) {
            const Outcome expected = run(now);
            const Outcome found = run(before);
            QVERIFY2(expected.status == 0, qPrintable(expected.err));
            QVERIFY2(found.status == 0, qPrintable(found.err));
            QVERIFY(found.json() == expected.json());
        };
        const QStringList few{"--text", text, "--windows", "2", "--context", "32", "--json"};
        same(QStringList{"sensitivity", "sample", "--activation-scheme", "int4-token-sym"} + few,
             QStringList{"sensitivity", "sample", "--rounding=int4-token-sym"} + few);
        const QString rule = ".*=int4-token-sym";
        same(QStringList{"evaluate", "sample", "--activation", rule, "--engine", "torch"} + few,
             QStringList{"eval", "sample", "--round", rule, "--engine", "torch"} + few);
        for (const char* verb : {"evaluate", "sensitivity", "lab"}) {
            const QString help = run({verb, "--help"}).out;
            QVERIFY(!help.contains("--round") && help.contains("--activation"));
        }
    }
};

QTEST_GUILESS_MAIN(TestCliActivations)
#include "tst_cli_activations.moc"
