// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/prediction_error.h"

#include "core/base/random.h"

#include <QTest>
#include <cmath>
#include <numeric>
#include <vector>

using namespace bitloom;

namespace {

/// A recipe of slots alike.
DamageSum recipe(double total, int slots, bool guided = false)
{
    DamageSum sum;
    for (int i = 0; i < slots; ++i)
        sum.add(total / slots, guided);
    return sum;
}

double width(const PredictionRange& range)
{
    return std::log(range.high / range.low);
}

} // namespace

class TestPredictionError : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void beforeAnythingIsKnown()
    {
        const PredictionError error;
        const PredictionRange range = error.range(recipe(0.01, 30));
        QCOMPARE(range.value, 0.01);
        QVERIFY(std::abs(range.low * range.high / (range.value * range.value) - 1) < 1e-12);
        // Few slots, larger totals and fitted methods are less sure.
        QVERIFY(width(error.range(recipe(0.01, 1))) > width(range));
        QVERIFY(width(error.range(recipe(0.5, 30))) > width(range));
        QVERIFY(width(error.range(recipe(0.01, 30, true))) > width(range));
        QCOMPARE(error.range(DamageSum()).high, 0.0);
    }

    /// One measurement corrects recipes like it nearly by all of it, others hardly.
    void whatWasMeasuredCorrectsWhatIsLikeIt()
    {
        PredictionError error;
        const PredictionRange before = error.range(recipe(0.1, 30));
        error.learn(recipe(0.1, 30), {0.13, 0.001});
        const PredictionRange same = error.range(recipe(0.1, 30));
        QVERIFY(same.value > 0.12 && same.value < 0.13);
        QVERIFY(width(same) < width(before));
        const PredictionRange other = error.range(recipe(0.0005, 30));
        QVERIFY(std::abs(std::log(other.value / 0.0005)) < 0.05);
        // What has much noise teaches little, and nothing that is not above zero.
        PredictionError uncertain;
        uncertain.learn(recipe(0.1, 30), {0.13, 0.13});
        QVERIFY(uncertain.range(recipe(0.1, 30)).value < 0.105);
        uncertain.learn(recipe(0.1, 30), {0, 0});
        uncertain.learn(DamageSum(), {0.1, 0.001});
        QCOMPARE(uncertain.measurements(), size_t{1});
    }

    /// Recipes drawn from the very model: nine of ten lie within, before and after learning.
    void nineOfTenLieWithin()
    {
        int within = 0;
        int corrected = 0;
        constexpr int kWorlds = 400;
        for (uint64_t world = 0; world < kWorlds; ++world) {
            const DamageSum first = recipe(0.02, 30);
            const DamageSum second = recipe(0.021, 30); // shares the first's common error
            const auto common = [](const DamageSum& sum) {
                return PredictionError::kCommonError +
                       PredictionError::kInteraction * sum.total / (sum.total + 0.3);
            };
            const double shared = randomNormal(world, 0);
            const double own = std::hypot(PredictionError::kSlotError / std::sqrt(30.0),
                                          PredictionError::kOwnShare * common(first));
            const auto measured = [&](const DamageSum& sum, uint64_t draw) {
                return sum.total * std::exp(common(sum) * shared + own * randomNormal(world, draw));
            };
            PredictionError error;
            const auto holds = [&](const DamageSum& sum, double actual) {
                const PredictionRange range = error.range(sum);
                return actual >= range.low && actual <= range.high ? 1 : 0;
            };
            const double actual = measured(second, 2);
            within += holds(second, actual);
            error.learn(first, {measured(first, 1), 0});
            corrected += holds(second, actual);
        }
        QVERIFY2(std::abs(within - 0.9 * kWorlds) < 25, qPrintable(QString::number(within)));
        QVERIFY2(std::abs(corrected - 0.9 * kWorlds) < 25, qPrintable(QString::number(corrected)));
    }

    /// ln(p/q) over tokens drawn from p, q a small change of p.
    void chanceOfAPerplexityIsItsVariance()
    {
        std::vector<double> p(50);
        std::vector<double> q(50);
        for (size_t i = 0; i < p.size(); ++i) {
            p[i] = std::exp(2 * randomNormal(1, i));
            q[i] = p[i] * std::exp(0.1 * randomNormal(2, i));
        }
        const double allP = std::accumulate(p.begin(), p.end(), 0.0);
        const double allQ = std::accumulate(q.begin(), q.end(), 0.0);
        double kl = 0;
        double square = 0;
        for (size_t i = 0; i < p.size(); ++i) {
            const double ratio = std::log(p[i] / allP * allQ / q[i]);
            kl += p[i] / allP * ratio;
            square += p[i] / allP * ratio * ratio;
        }
        const double deviation = std::sqrt((square - kl * kl) / 400);
        QVERIFY(std::abs(logRatioChance(kl, 400) / deviation - 1) < 0.1);
    }

    void oldMeasurementsGiveWay()
    {
        PredictionError error;
        for (int i = 0; i < 300; ++i)
            error.learn(recipe(0.01, 30), {0.012, 0.001});
        QCOMPARE(error.measurements(), size_t{256});
        QVERIFY(std::abs(error.range(recipe(0.01, 30)).value / 0.012 - 1) < 0.01);
    }
};

QTEST_APPLESS_MAIN(TestPredictionError)
#include "tst_prediction_error.moc"
