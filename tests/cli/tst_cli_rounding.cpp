// SPDX-License-Identifier: GPL-3.0-or-later
// Values that are rounded while the network runs, from the command line.
#include "tests/cli/run_cli.h"

#include <QtTest>
#include <cmath>

using namespace bitloom;

class TestCliRounding : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (qEnvironmentVariableIsEmpty("BITLOOM_CLI"))
            QSKIP("BITLOOM_CLI does not name the program; ctest sets it");
    }

    /// Values are listed by the names that --round takes.
    void valuesAreRounded()
    {
        const QString text = sampleFile("calibration.txt");
        const Outcome told = run({"sensitivity", "sample", "--text", text, "--windows", "4",
                                  "--context", "32", "--rounding", "int4-token-sym", "--json"});
        QVERIFY2(told.status == 0, qPrintable(told.err));
        const QJsonArray values = told.json()["values"].toArray();
        QVERIFY(values.size() > 20);
        double sum = 0;
        for (const QJsonValue value : values)
            sum += value["damage"].toDouble();
        QVERIFY(sum > 0);
        QVERIFY(std::abs(sum - told.json()["total"].toDouble()) < 1e-9);
        const auto judged = [&](const QStringList& rounds) {
            QStringList arguments{"eval",      "sample", "--text",    sampleFile("evaluation.txt"),
                                  "--windows", "4",      "--context", "32",
                                  "--engine",  "torch",  "--json"};
            for (const QString& round : rounds)
                arguments += {"--round", round};
            const Outcome outcome = run(arguments);
            return outcome.json()["kl_mean"].toDouble();
        };
        const QString name = values[5]["name"].toString();
        const double one = judged({name + "=int4-token-sym"});
        QVERIFY(one > 0);
        QVERIFY(judged({".*=int4-token-sym"}) > one);
        QCOMPARE(judged({".*=int4-token-sym", ".*=float", name + "=int4-token-sym"}), one);
    }
};

QTEST_GUILESS_MAIN(TestCliRounding)
#include "tst_cli_rounding.moc"
