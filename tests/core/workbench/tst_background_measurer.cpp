// SPDX-License-Identifier: GPL-3.0-or-later
// The background measurer on a real model: what it measures first, that it measures it once, and
// what predictions make of it.
#include "core/workbench/prediction/background_measurer.h"

#include "core/analyze/numerics/rank_correlation.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/base/error.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

using namespace bitloom;

namespace {

constexpr const char* kQuery = "model.layers.1.self_attn.q_proj";

/// Stops when it was asked so often.
class StopAtQuestion : public Progress {
public:
    explicit StopAtQuestion(int questions)
        : m_left(questions)
    {
    }
    bool stopRequested() const override { return m_left.fetch_sub(1) <= 0; }

private:
    mutable std::atomic<int> m_left;
};

} // namespace

class TestBackgroundMeasurer : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_workbench;
    CalibrationSettings m_calibration;
    EvaluationSettings m_heldOut;
    Recipe m_recipe;
    Progress m_progress;

    static VariantKey alone(const SlotKey& slot) { return {{slot}, {}}; }
    static size_t place(const std::vector<CandidateTrial>& plan, const VariantKey& variant)
    {
        const auto found = std::find_if(plan.begin(), plan.end(), [&](const CandidateTrial& trial) {
            return trial.variant == variant;
        });
        return static_cast<size_t>(found - plan.begin());
    }

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string stories = testData() + "/text/tinystories/tinystories_";
        m_calibration.text = readTextFile(stories + "sample_exllamav2.txt");
        m_calibration.windows = 40;
        m_heldOut.text = readTextFile(stories + "valid_30k.txt");
        m_heldOut.windows.windows = 8;
        m_heldOut.windows.context = 128;
    }

    void init()
    {
        m_workbench = Workbench::open(testData() + "/models/stories260K/hf", torchEngines());
        m_workbench->calibration().measureSensitivity(m_calibration, m_progress);
        m_recipe = uniform(m_workbench->model(), "int3-g32-asym");
    }

    /// The recipe first, then slots by what they cost; steps up and down of a slot behind it.
    void plansByUncertaintyAndShare()
    {
        BackgroundMeasurer measurer(predictionsOf(m_workbench), m_heldOut);
        const std::vector<CandidateTrial> plan = measurer.plan(m_recipe, {}, m_progress);
        const VariantKey recipe = m_workbench->calibration().variant(m_recipe).key();
        const std::vector<SlotKey>& all = recipe.slots;
        QCOMPARE(place(plan, recipe), size_t{0});
        QVERIFY(std::is_sorted(plan.begin(), plan.end(),
                               [](const auto& a, const auto& b) { return a.worth() > b.worth(); }));
        const auto damages = *m_workbench->predictions().correctedDamages(recipe, m_progress);
        const size_t largest =
            static_cast<size_t>(std::max_element(damages.begin(), damages.end()) - damages.begin());
        const size_t there = place(plan, alone(all[largest]));
        QCOMPARE(there, size_t{1});
        for (const char* scheme : {"int2-g32-asym", "int4-g32-asym"}) {
            SlotKey next = all[largest];
            next.encoding.scheme = scheme;
            const size_t at = place(plan, alone(next));
            QVERIFY(at > there && at < plan.size());
        }
        double shares = 0;
        for (const SlotKey& change : all)
            if (const size_t at = place(plan, alone(change)); at < plan.size())
                shares += plan[at].share;
        QVERIFY(shares > 0.95 && shares < 1 + 1e-9);
    }

    /// Recipes looked at before come behind; those that were evaluated, and what was measured,
    /// never.
    void nothingIsMeasuredTwice()
    {
        BackgroundMeasurer measurer(predictionsOf(m_workbench), m_heldOut);
        const Recipe other = uniform(m_workbench->model(), "int4-g32-sym");
        const VariantKey others = m_workbench->calibration().variant(other).key();
        QVERIFY(place(measurer.plan(m_recipe, {other}, m_progress), others) > 0);
        std::set<VariantKey> done;
        for (int i = 0; i < 12; ++i) {
            const std::vector<CandidateTrial> plan = measurer.plan(m_recipe, {other}, m_progress);
            QVERIFY(measurer.measure(plan.front(), m_progress));
            QVERIFY(done.insert(plan.front().variant).second);
        }
        QCOMPARE(m_workbench->measuredVariants().trials(m_progress).size(), done.size());
        QVERIFY(done.contains(m_workbench->calibration().variant(m_recipe).key()));
        EngineUse used;
        m_workbench->evaluations().evaluate(other, m_heldOut, m_progress, used);
        const auto plan = measurer.plan(m_recipe, {other}, m_progress);
        QCOMPARE(place(plan, others), plan.size());
        // Other windows are another measurement.
        EvaluationSettings fewer = m_heldOut;
        fewer.windows.windows = 4;
        BackgroundMeasurer elsewhere(predictionsOf(m_workbench), fewer);
        const auto again = elsewhere.plan(m_recipe, {}, m_progress);
        QCOMPARE(place(again, m_workbench->calibration().variant(m_recipe).key()), size_t{0});
    }

    /// What it says is what the network does, also when it was stopped on the way.
    void measuresTheKlInPieces()
    {
        BackgroundMeasurer measurer(predictionsOf(m_workbench), m_heldOut);
        const SlotKey tried = m_workbench->calibration().variant(m_recipe).key().slots[5];
        const CandidateTrial trial{alone(tried), 1, 1};
        StopAtQuestion stop(7);
        int visits = 0;
        while (!measurer.measure(trial, visits == 0 ? static_cast<Progress&>(stop) : m_progress))
            ++visits;
        QCOMPARE(visits, 1);
        const Trials trials = m_workbench->measuredVariants().trials(m_progress);
        QCOMPARE(trials.size(), size_t{1});
        QCOMPARE(trials.begin()->first.variant, trial.variant);
        QVERIFY(tried.calibration.empty());
        const SlotTrials actual(m_workbench->sharedModel(),
                                evaluationExamples(m_workbench->model(), m_heldOut));
        const int slot = tried.slot;
        const Matrix changed =
            TransformedModel(m_workbench->model()).encode(slot, tried.encoding).decode();
        const Estimate measured = *actual.divergence(slot, changed.view(), m_progress);
        QVERIFY(std::abs(trials.begin()->second.measured.value / measured.value - 1) < 1e-9);
        QVERIFY(std::abs(trials.begin()->second.measured.standardError / measured.standardError -
                         1) < 1e-9);
        QVERIFY(trials.begin()->second.predicted);
    }

    /// Predictions move to what is measured and grow surer, of recipes never measured too.
    void predictionsLearn()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        const auto missed = [&](const Recipe& recipe, double actual) {
            return std::abs(std::log(
                m_workbench->predictions().prediction(recipe, m_progress)->range.value / actual));
        };
        const auto width = [&](const Recipe& recipe) {
            const PredictionRange range =
                m_workbench->predictions().prediction(recipe, m_progress)->range;
            return std::log(range.high / range.low);
        };
        const Recipe other = uniform(m_workbench->model(), "int2-g32-asym");
        Recipe next = m_recipe;
        next.slots.at(kQuery).scheme = "int4-g32-asym";
        const PredictionRange said =
            m_workbench->predictions().prediction(m_recipe, m_progress)->range;
        const double before = width(next);
        const double otherBefore = width(other);
        const double closedForm = *m_workbench->predictions().predictedKl(m_recipe, m_progress);
        BackgroundMeasurer measurer(predictionsOf(m_workbench), m_heldOut);
        for (int i = 0; i < 30; ++i)
            QVERIFY(measurer.measure(measurer.plan(m_recipe, {}, m_progress).front(), m_progress));
        const double actual = evaluated(*m_workbench, next, m_heldOut).kl.value;
        QVERIFY2(missed(next, actual) < 0.15, qPrintable(QString::number(missed(next, actual))));
        QVERIFY(width(next) < 0.75 * before);
        QVERIFY(width(other) < otherBefore);
        QCOMPARE(*m_workbench->predictions().predictedKl(m_recipe, m_progress),
                 closedForm); // what fits go by
        // What was said of the recipe before it was measured stays.
        QCOMPARE(m_workbench->predictions().prediction(m_recipe, m_progress)->closedForm,
                 closedForm);
        QCOMPARE(m_workbench->predictions().prediction(m_recipe, m_progress)->range.value,
                 said.value);
        const Prediction prediction = *m_workbench->predictions().prediction(next, m_progress);
        QCOMPARE(prediction.learntFrom, size_t{1});
        QCOMPARE(prediction.slotsMeasured, size_t{29});
        // What was measured stays, whatever the sensitivity is measured on.
        m_calibration.windows = 20;
        m_workbench->calibration().measureSensitivity(m_calibration, m_progress);
        m_calibration.windows = 40;
        QVERIFY(missed(next, actual) < 0.2);
        QCOMPARE(m_workbench->predictions().trialPoints(m_progress).size(), size_t{30});
    }

    /// By inputs of another text GPTQ chooses other codes.
    void gptqIsMeasuredByItsInputs()
    {
        BackgroundMeasurer measurer(predictionsOf(m_workbench), m_heldOut);
        SlotChoice gptq;
        gptq.scheme = "int3-g32-asym";
        gptq.method = "gptq";
        const int slot = m_workbench->model().graph.findSlot(kQuery);
        QVERIFY(slot >= 0);
        QVERIFY(measurer.measure(
            {alone(m_workbench->calibration().transformed().key(slot, gptq)), 1, 1}, m_progress));
        QVERIFY(!m_workbench->measuredVariants()
                     .trials(m_progress)
                     .begin()
                     ->first.variant.slots[0]
                     .calibration.empty());
        QCOMPARE(m_workbench->predictions().trialPoints(m_progress).size(), size_t{1});
        CalibrationSettings fewer = m_calibration;
        fewer.windows = 10;
        m_workbench->calibration().measureSensitivity(fewer, m_progress);
        QVERIFY(m_workbench->predictions().trialPoints(m_progress).empty());
        QVERIFY(measurer.measure(
            {alone(m_workbench->calibration().transformed().key(slot, gptq)), 1, 1}, m_progress));
        QCOMPARE(m_workbench->measuredVariants().trials(m_progress).size(), size_t{2});
    }

    /// A recipe that keeps everything is measured by what the sensitivity shows.
    void withoutARecipeTheReferenceIsTried()
    {
        BackgroundMeasurer measurer(predictionsOf(m_workbench), m_heldOut);
        Recipe nothing;
        nothing.target = "safetensors";
        const std::vector<CandidateTrial> plan = measurer.plan(nothing, {}, m_progress);
        QVERIFY(!plan.empty());
        QCOMPARE(plan.front().variant.slots.front().encoding.scheme, std::string("int4-g32-sym"));
        for (const CandidateTrial& trial : plan)
            QCOMPARE(trial.variant.slots.size(), size_t{1});
    }

    void nothingIsMeasuredOnTheCalibrationText()
    {
        EvaluationSettings same = m_heldOut;
        same.text = m_calibration.text;
        QVERIFY_THROWS_EXCEPTION(Error, BackgroundMeasurer(predictionsOf(m_workbench), same));
    }

    void stepsOfASlot()
    {
        const Graph& graph = m_workbench->model().graph;
        const Slot& slot = graph.slot(graph.findSlot(kQuery));
        const Target& any = targetNamed("safetensors");
        const auto steps = [&](const char* scheme) { return nextSchemes(slot, any, scheme); };
        QCOMPARE(steps("int4-g32-sym"), (std::vector<std::string>{"int5-g32-sym", "int3-g32-sym"}));
        QCOMPARE(steps("int2-g32-asym"), (std::vector<std::string>{"int3-g32-asym"}));
        QCOMPARE(steps("f16"), std::vector<std::string>());
        QCOMPARE(steps(""), std::vector<std::string>());
    }
};

QTEST_GUILESS_MAIN(TestBackgroundMeasurer)
#include "tst_background_measurer.moc"
