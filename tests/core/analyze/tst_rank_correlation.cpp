// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/rank_correlation.h"

#include <QTest>
#include <cmath>
#include <vector>

using namespace bitloom;

class TestRankCorrelation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Expected values: 1 − 6 Σd² / (n (n² − 1)) without ties, Pearson's of the
    /// ranks by hand (4.5 / √(4.5 · 5)) with.
    void knownLists_data()
    {
        QTest::addColumn<QList<double>>("a");
        QTest::addColumn<QList<double>>("b");
        QTest::addColumn<double>("expected");
        QTest::newRow("same order") << QList<double>{1, 5, 9} << QList<double>{2, 3, 1e9} << 1.0;
        QTest::newRow("reversed") << QList<double>{1, 5, 9} << QList<double>{3, 2, 1} << -1.0;
        QTest::newRow("two swapped")
            << QList<double>{1, 2, 3, 4, 5} << QList<double>{1, 3, 2, 4, 5} << 0.9;
        QTest::newRow("ties share their rank")
            << QList<double>{1, 2, 2, 3} << QList<double>{1, 2, 3, 4} << 0.9486832980505138;
        QTest::newRow("one never varies")
            << QList<double>{1, 2, 3} << QList<double>{4, 4, 4} << 0.0;
        QTest::newRow("nothing") << QList<double>{} << QList<double>{} << 0.0;
    }

    void knownLists()
    {
        QFETCH(QList<double>, a);
        QFETCH(QList<double>, b);
        QFETCH(double, expected);
        QVERIFY(std::abs(spearman(a, b) - expected) < 1e-12);
        QVERIFY(std::abs(spearman(b, a) - expected) < 1e-12);
    }

    /// Predicted e times too high, ln(measured) −1, 0 and 1: Σ 1² against Σ of the squares, 2.
    void whatAPredictionExplains()
    {
        const double e = std::exp(1.0);
        const std::vector<double> measured = {1 / e, 1, e, 0};
        const std::vector<double> same = measured;
        const std::vector<double> high = {1, e, e * e, 3};
        QCOMPARE(explainedShare(same, measured), 1.0);
        QVERIFY(std::abs(explainedShare(high, measured) - (1 - 3.0 / 2)) < 1e-12);
        QCOMPARE(explainedShare({}, {}), 0.0);
        QCOMPARE(explainedShare(std::vector<double>{1, 2}, std::vector<double>{3, 3}), 0.0);
    }

    void ratiosAreOfLogarithms()
    {
        const std::vector<double> measured = {1, 2, 4, 0, 3};
        const std::vector<double> predicted = {2, 4, 2, 5, 0}; // ln: ln 2, ln 2, −ln 2, none, none
        const LogRatio ratio = logRatio(predicted, measured);
        QCOMPARE(ratio.pairs, 3);
        QVERIFY(std::abs(ratio.mean - std::log(2.0) / 3) < 1e-12);
        QVERIFY(std::abs(ratio.deviation - std::log(2.0) * std::sqrt(4.0 / 3)) < 1e-12);
        QCOMPARE(logRatio({}, {}).pairs, 0);
    }
};

QTEST_APPLESS_MAIN(TestRankCorrelation)
#include "tst_rank_correlation.moc"
