// SPDX-License-Identifier: GPL-3.0-or-later
// First answers: near the full one, honest about what they leave open, and nothing is left of them.
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/prediction/slot_estimate.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/slot_error.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/stop_after.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace bitloom;

namespace {

bool sameNumbers(const Prediction& a, const Prediction& b)
{
    return a.closedForm == b.closedForm && a.damages.total == b.damages.total &&
           a.damages.variance == b.damages.variance && a.damages.guided == b.damages.guided &&
           a.range.value == b.range.value && a.range.low == b.range.low &&
           a.range.high == b.range.high && a.isQuickEstimate == b.isQuickEstimate;
}

/// By the slots' own errors, and by what a sample leaves open.
double relativeVariance(const Prediction& prediction)
{
    return prediction.damages.variance / (prediction.damages.total * prediction.damages.total);
}

} // namespace

class TestQuickEstimate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init()
    {
        m_workbench->calibration().setFisher(*m_workbench->calibration().fisher());
    } // forgets all errors
    void isNearTheFullAnswer_data();
    void isNearTheFullAnswer();
    void leavesNothingBehind();
    void whatIsKnownEntersAsItIs();
    void littleIsAnsweredInFull();
    void canBeStopped();
    void saysNothingWithoutSensitivity();
    void drawsWhatWeighs();

private:
    const Model& model() const { return m_workbench->model(); }
    Prediction quickEstimate(const Recipe& recipe) const
    {
        return *m_workbench->predictions().quickEstimate(recipe, m_silent);
    }
    Prediction full(const Recipe& recipe) const
    {
        return *m_workbench->predictions().prediction(recipe, m_silent);
    }
    bool isKnown(const Recipe& recipe, const Slot& slot) const
    {
        StopAfter stopped(0); // what is not known then stays so
        const int index = model().graph.findSlot(slot.name);
        return !m_workbench->slotErrors()
                    .slotError(index, recipe.choice(slot.name), false, stopped)
                    .sampled;
    }

    std::shared_ptr<Workbench> m_workbench;
    mutable Progress m_silent;
};

void TestQuickEstimate::initTestCase()
{
    m_workbench = openSample();
    m_workbench->calibration().measureSensitivity(sampleCalibration(8), m_silent);
}

void TestQuickEstimate::isNearTheFullAnswer_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("method");
    QTest::addColumn<double>("near"); ///< in the logarithm
    QTest::newRow("8 bits") << "int8-g32-sym"
                            << "mse" << 0.05;
    QTest::newRow("4 bits") << "int4-g32-asym"
                            << "mse" << 0.05;
    QTest::newRow("3 bits, nearest") << "int3-g64-asym"
                                     << "nearest" << 0.05;
    QTest::newRow("2 bits") << "int2-g32-asym"
                            << "mse" << 0.1;
    QTest::newRow("a range a row") << "int5-row-sym"
                                   << "mse" << 0.15;
    QTest::newRow("k-quant") << "q4_k"
                             << "mse" << 0.1;
    QTest::newRow("GPTQ") << "int4-g32-sym"
                          << "gptq" << 0.3;
}

void TestQuickEstimate::isNearTheFullAnswer()
{
    QFETCH(const QString, scheme);
    QFETCH(const QString, method);
    QFETCH(const double, near);
    const Recipe recipe = uniform(model(), scheme.toStdString(), method.toStdString());
    const Prediction first = quickEstimate(recipe);
    const Prediction then = full(recipe);
    QVERIFY(first.isQuickEstimate && !then.isQuickEstimate);
    const double off = std::log(first.closedForm / then.closedForm);
    QVERIFY2(std::abs(off) < near, qPrintable(QString::number(off)));
    QVERIFY(first.range.low < then.range.value && then.range.value < first.range.high);
    const double open = std::sqrt(relativeVariance(first) - relativeVariance(then));
    QVERIFY2(open > 0.02 && open < 0.25, qPrintable(QString::number(open)));
    QVERIFY2(std::abs(off) < 2 * open, qPrintable(QString::number(off / open)));
}

void TestQuickEstimate::leavesNothingBehind()
{
    const Recipe recipe = uniform(model(), "int4-g32-sym", "mse");
    const Prediction without = full(recipe);
    init();
    const auto knowledge = m_workbench->predictions().recalibration(m_silent);
    const Prediction first = quickEstimate(recipe);
    QVERIFY(first.isQuickEstimate);
    for (const Slot& slot : model().graph.slots)
        QVERIFY(!slot.quantizable || !isKnown(recipe, slot));
    QVERIFY(sameNumbers(quickEstimate(recipe), first)); // the same sample
    QCOMPARE(m_workbench->predictions().recalibration(m_silent), knowledge);
    QVERIFY(sameNumbers(full(recipe), without));
}

void TestQuickEstimate::whatIsKnownEntersAsItIs()
{
    const Recipe whole = uniform(model(), "int3-g32-sym", "mse");
    Recipe known;
    Recipe unknown;
    for (const auto& [name, choice] : whole.slots)
        (known.slots.size() < whole.slots.size() / 2 ? known : unknown).slots[name] = choice;
    const Prediction half = full(known);
    const Prediction otherHalf = quickEstimate(unknown);
    const Prediction together = quickEstimate(whole);
    QVERIFY(otherHalf.isQuickEstimate && together.isQuickEstimate);
    const double rest = together.closedForm - half.closedForm;
    QVERIFY(std::abs(rest / otherHalf.closedForm - 1) < 1e-9);
    QVERIFY(sameNumbers(quickEstimate(known), half)); // all of it
}

void TestQuickEstimate::littleIsAnsweredInFull()
{
    Recipe recipe = uniform(model(), "int4-g32-sym", "mse");
    full(recipe);
    recipe.slots["model.layers.2.self_attn.q_proj"].scheme = "int5-g32-sym";
    const Prediction edited = quickEstimate(recipe);
    QVERIFY(!edited.isQuickEstimate);
    init();
    QVERIFY(sameNumbers(edited, full(recipe)));
}

void TestQuickEstimate::canBeStopped()
{
    StopAfter stopped(0);
    QVERIFY(!m_workbench->predictions().quickEstimate(uniform(model(), "int4-g32-sym"), stopped));
}

void TestQuickEstimate::saysNothingWithoutSensitivity()
{
    QVERIFY(!openSample()->predictions().quickEstimate(uniform(model(), "int4-g32-sym"), m_silent));
}

/// A few rows may weigh more than all others together, and be unlike them.
void TestQuickEstimate::drawsWhatWeighs()
{
    const int index = model().graph.findSlot("model.layers.1.mlp.down_proj");
    const Slot& slot = model().graph.slot(index);
    const Matrix weights = model().tensorOf(slot).readRows(0, slot.rows);
    std::vector<std::pair<double, size_t>> lengths;
    for (int64_t row = 0; row < slot.rows; ++row) {
        const auto values = weights.row(row);
        lengths.emplace_back(std::inner_product(values.begin(), values.end(), values.begin(), 0.0),
                             row);
    }
    std::ranges::sort(lengths);
    SlotFisher fisher;
    fisher.rowSums.assign(static_cast<size_t>(slot.rows), 1e-6F);
    fisher.columnSums.assign(static_cast<size_t>(slot.columns),
                             3 / static_cast<float>(slot.columns));
    for (size_t i = lengths.size() - 3; i < lengths.size(); ++i)
        fisher.rowSums[lengths[i].second] = 1;
    fisher.total = 3;
    const SlotChoice choice{{"int4-g32-sym", "mse", {}, {}}, {}};
    const double whole = measureSlotError(TransformedModel(model()), index, choice, &fisher,
                                          rowBands(slot, kExact), 0, m_silent)
                             .damage;
    const SlotEstimate seen =
        estimateSlot(TransformedModel(model()), index, choice, fisher, 1 << 13);
    QVERIFY2(std::abs(seen.damage / whole - 1) < 0.1,
             qPrintable(QString::number(seen.damage / whole)));
    QVERIFY2(seen.deviation < 0.2 * whole, qPrintable(QString::number(seen.deviation / whole)));
}

QTEST_GUILESS_MAIN(TestQuickEstimate)
#include "tst_quick_estimate.moc"
