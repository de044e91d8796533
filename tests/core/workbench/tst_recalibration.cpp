// SPDX-License-Identifier: GPL-3.0-or-later
// What measurements make of predictions, on damages and measurements that are made up.
#include "core/workbench/session/recalibration.h"

#include "core/base/random.h"

#include <QTest>

#include <cmath>

using namespace bitloom;

namespace {

constexpr size_t kSlots = 20;

SlotKey change(int slot, const char* scheme = "int4-g32-sym", const char* method = "mse")
{
    return {slot, {scheme, method, {}, {}}, {}, {}};
}

/// Every slot at one choice, each of the same damage.
std::vector<PredictedTerm> recipe(double total, const char* scheme = "int4-g32-sym")
{
    std::vector<PredictedTerm> terms;
    for (int slot = 0; slot < static_cast<int>(kSlots); ++slot)
        terms.push_back({change(slot, scheme), total / kSlots});
    return terms;
}

MeasuredTerms alone(const PredictedTerm& term, double factor)
{
    return {{term}, {term.damage * factor, term.damage * 0.01}};
}

double corrected(const Recalibration& known, const PredictedTerm& term)
{
    return known.sum({&term, 1}).total / term.damage;
}

double width(const PredictionRange& range)
{
    return std::log(range.high / range.low);
}

} // namespace

class TestRecalibration : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void beforeAnythingWasMeasured()
    {
        const Recalibration known(kSlots, {});
        DamageSum plain;
        for (size_t i = 0; i < kSlots; ++i)
            plain.add(0.02 / kSlots, false);
        const DamageSum sum = known.sum(recipe(0.02));
        QCOMPARE(sum.total, plain.total);
        QCOMPARE(sum.variance, plain.variance);
        QCOMPARE(known.range(sum).high, PredictionError().range(plain).high);
        QCOMPARE(known.deviation(change(3)), PredictionError::kSlotError);
    }

    /// The choice itself takes nearly all of it, the slot's other choices some, other slots little.
    void aSlotMeasuredAlone()
    {
        const auto terms = recipe(0.02);
        const Recalibration known(kSlots, {alone(terms[4], 1.3)});
        QVERIFY(std::abs(corrected(known, terms[4]) - 1.3) < 0.01);
        const double sibling = corrected(known, {change(4, "int3-g32-sym"), 0.01});
        const double other = corrected(known, terms[5]);
        QVERIFY(sibling > 1.1 && sibling < 1.27);
        QVERIFY(other > 1.01 && other < 1.1);
        QVERIFY(known.deviation(change(4)) < 0.03);
        QVERIFY(known.deviation(change(4, "int3-g32-sym")) > 0.1);
        QVERIFY(known.deviation(change(4, "int3-g32-sym")) < known.deviation(change(5)));
        QVERIFY(known.deviation(change(5)) <= PredictionError::kSlotError);
        QCOMPARE(known.slotsMeasured(), size_t{1});
        QCOMPARE(known.recipesMeasured(), size_t{0});
    }

    /// However they come, each makes the whole surer, down to what recipes keep to themselves.
    void everySlotNarrowsTheRange()
    {
        const auto terms = recipe(0.002);
        std::vector<MeasuredTerms> measured;
        const Recalibration nothing(kSlots, {});
        const double untaught = width(nothing.range(nothing.sum(terms)));
        double before = untaught;
        for (const PredictedTerm& term : terms) {
            measured.push_back(alone(term, measured.size() % 2 == 0 ? 1.2 : 0.9));
            const Recalibration known(kSlots, measured);
            const double now = width(known.range(known.sum(terms)));
            QVERIFY2(now < before * 1.01, qPrintable(QString("%1 then %2").arg(before).arg(now)));
            before = now;
        }
        QVERIFY(before < 0.98 * untaught);
        const Recalibration known(kSlots, measured);
        QVERIFY(std::abs(known.sum(terms).total / 0.0021 - 1) < 0.005);
    }

    /// What sums leave out is learnt from recipes, after the slots have their own.
    void recipesTellWhatSumsLeaveOut()
    {
        const auto terms = recipe(0.02);
        std::vector<MeasuredTerms> measured;
        for (const PredictedTerm& term : terms)
            measured.push_back(alone(term, 1.2));
        measured.push_back({terms, {0.0276, 0.0002}}); // 1.15 times the slots' own
        const Recalibration known(kSlots, measured);
        QCOMPARE(known.recipesMeasured(), size_t{1});
        const DamageSum sum = known.sum(terms);
        QVERIFY(std::abs(sum.total / 0.024 - 1) < 0.005);
        QVERIFY(std::abs(known.range(sum).value / 0.0276 - 1) < 0.04);
    }

    /// Neither what costs nothing nor what was measured as nothing teaches anything.
    void nothingIsLearntFromNothing()
    {
        const PredictedTerm free = {change(1), 0};
        const PredictedTerm term = {change(2), 0.001};
        const Recalibration known(kSlots,
                                  {{{free}, {0.001, 0}}, {{term}, {0, 0}}, {{free, term}, {0, 0}}});
        QCOMPARE(known.slotsMeasured(), size_t{0});
        QCOMPARE(known.sum(recipe(0.02)).total, 0.02);
    }

    /// Methods that need calibration keep their share of the uncertainty.
    void guidedTermsStayGuided()
    {
        const PredictedTerm gptq = {change(0, "int4-g32-sym", "gptq"), 0.01};
        const PredictedTerm plain = {change(1), 0.01};
        const std::vector<PredictedTerm> both = {gptq, plain};
        const Recalibration known(kSlots, {alone(gptq, 1.5)});
        const DamageSum sum = known.sum(both);
        QVERIFY(std::abs(sum.guided / 0.015 - 1) < 0.02);
        QVERIFY(sum.guided < sum.total);
    }

    /// Worlds drawn from what is believed: half of the slots measured, nine of ten recipes lie in
    /// the range, and misses are smaller than before.
    void nineOfTenLieWithin()
    {
        int within = 0;
        double missed = 0;
        double missedBefore = 0;
        constexpr int kWorlds = 300;
        for (uint64_t world = 0; world < kWorlds; ++world) {
            const double shared = 0.08 * randomNormal(world, 0);
            std::vector<PredictedTerm> terms;
            std::vector<MeasuredTerms> measured;
            double actual = 0;
            double predicted = 0;
            for (uint64_t slot = 0; slot < kSlots; ++slot) {
                const double damage = 0.001 * std::exp(randomNormal(world, 100 + slot));
                terms.push_back({change(static_cast<int>(slot)), damage});
                const double factor = 1 + shared + 0.2 * randomNormal(world, 1 + slot);
                predicted += damage;
                actual += damage * factor;
                if (slot % 2 == 0 && factor > 0)
                    measured.push_back(alone(terms.back(), factor));
            }
            const Recalibration known(kSlots, measured);
            const PredictionRange range = known.range(known.sum(terms));
            within += actual >= range.low && actual <= range.high ? 1 : 0;
            missed += std::abs(std::log(range.value / actual));
            missedBefore += std::abs(std::log(predicted / actual));
        }
        QVERIFY2(within > 0.87 * kWorlds, qPrintable(QString::number(within)));
        QVERIFY2(missed < 0.7 * missedBefore, qPrintable(QString::number(missed / missedBefore)));
    }
};

QTEST_APPLESS_MAIN(TestRecalibration)
#include "tst_recalibration.moc"
