// SPDX-License-Identifier: GPL-3.0-or-later
// What was predicted of a recipe stays what it was when the recipe is measured; what that taught
// goes into the predictions of others.
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/prediction/background_measurer.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/report/report.h"
#include "core/workbench/report/report_html.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/recalibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitloom;

namespace {

bool same(const PredictionRange& a, const PredictionRange& b)
{
    return a.value == b.value && a.low == b.low && a.high == b.high;
}

TrialPoint point(double measured, std::optional<PriorPrediction> prior)
{
    return {{}, 1, {measured, 0}, std::move(prior)};
}

} // namespace

class TestPriorPrediction : public QObject {
    Q_OBJECT

    Progress m_progress;
    CalibrationSettings m_calibration;
    EvaluationSettings m_heldOut;
    std::shared_ptr<Workbench> m_workbench;
    Recipe m_recipe;
    Recipe m_next; ///< like it, but for one layer

    std::shared_ptr<Workbench> open() const
    {
        return Workbench::open(testData() + "/models/stories260K/hf", torchEngines());
    }
    PredictionRange said(Workbench& workbench, const Recipe& recipe)
    {
        return workbench.predictions().prediction(recipe, m_progress).value().range;
    }
    Evaluation evaluate(Workbench& workbench, const Recipe& recipe)
    {
        EngineUse used;
        return workbench.evaluations().evaluate(recipe, m_heldOut, m_progress, used);
    }

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string stories = testData() + "/text/tinystories/tinystories_";
        m_calibration.text = readTextFile(stories + "sample_exllamav2.txt");
        m_calibration.context = 64;
        m_calibration.windows = 8;
        m_heldOut.text = readTextFile(stories + "valid_30k.txt");
        m_heldOut.windows.context = 64;
        m_heldOut.windows.windows = 8;
        m_heldOut.engine = "torch";
    }

    void init()
    {
        m_workbench = open();
        m_recipe = uniform(m_workbench->model(), "int3-g32-asym");
        m_next = m_recipe;
        m_next.slots.begin()->second.scheme = "int6-g32-asym";
    }

    /// What corrects all predictions but that of one recipe is worked out once, until more is
    /// known.
    void whatCorrectsIsMadeOnce()
    {
        m_workbench->calibration().measureSensitivity(m_calibration, m_progress);
        evaluate(*m_workbench, m_recipe);
        const VariantKey changes = m_workbench->calibration().variant(m_recipe).key();
        const auto all = m_workbench->predictions().recalibration(m_progress);
        const auto butOne = m_workbench->predictions().recalibration(m_progress, changes);
        QCOMPARE(all->recipesMeasured(), 1);
        QCOMPARE(butOne->recipesMeasured(), 0);
        QCOMPARE(m_workbench->predictions().recalibration(m_progress), all);
        QCOMPARE(m_workbench->predictions().recalibration(m_progress, changes), butOne);
        evaluate(*m_workbench, m_next);
        QCOMPARE(m_workbench->predictions().recalibration(m_progress, changes)->recipesMeasured(),
                 1);
        QCOMPARE(m_workbench->predictions().recalibration(m_progress)->recipesMeasured(), 2);
    }

    void anEvaluationLeavesWhatWasSaid()
    {
        m_workbench->calibration().measureSensitivity(m_calibration, m_progress);
        const PredictionRange before = said(*m_workbench, m_recipe);
        const PredictionRange nextBefore = said(*m_workbench, m_next);
        const Evaluation evaluation = evaluate(*m_workbench, m_recipe);
        QVERIFY(same(evaluation.predicted.value().range, before));
        QVERIFY(evaluation.divergence().value != before.value);
        const Prediction after =
            m_workbench->predictions().prediction(m_recipe, m_progress).value();
        QVERIFY(after.isPrior);
        QVERIFY(same(after.range, before));
        QCOMPARE(after.learntFrom, size_t{0});
        QVERIFY(same(evaluate(*m_workbench, m_recipe).predicted.value().range,
                     before)); // nor the second
        // The next one is surer, and nearer to what will be measured.
        const Prediction next = m_workbench->predictions().prediction(m_next, m_progress).value();
        QVERIFY(!next.isPrior);
        QCOMPARE(next.learntFrom, size_t{1});
        QVERIFY(next.range.high / next.range.low < nextBefore.high / nextBefore.low);
        const double actual = evaluate(*m_workbench, m_next).divergence().value;
        QVERIFY(std::abs(std::log(next.range.value / actual)) <
                std::abs(std::log(nextBefore.value / actual)));
    }

    /// Evaluated before there was any sensitivity: it is predicted as if it had not been.
    void whatWasNeverSaidIsSaidWithoutIt()
    {
        QVERIFY(!evaluate(*m_workbench, m_recipe).predicted);
        m_workbench->calibration().measureSensitivity(m_calibration, m_progress);
        const auto untaught = open();
        untaught->calibration().measureSensitivity(m_calibration, m_progress);
        QVERIFY(same(said(*m_workbench, m_recipe), said(*untaught, m_recipe)));
        QVERIFY(m_workbench->predictions().prediction(m_recipe, m_progress)->isPrior);
        QVERIFY(!same(said(*m_workbench, m_next), said(*untaught, m_next)));
    }

    /// Also one that nobody asked for, and in the next session.
    void theBackgroundKeepsWhatWasSaid()
    {
        const QTemporaryDir cache;
        qputenv("BITLOOM_CACHE", cache.path().toUtf8());
        m_workbench = open();
        m_workbench->calibration().measureSensitivity(m_calibration, m_progress);
        const PredictionRange before = said(*m_workbench, m_recipe);
        BackgroundMeasurer measurer(predictionsOf(m_workbench), m_heldOut);
        QVERIFY(measurer.measure({m_workbench->calibration().variant(m_recipe).key(), 1, 1},
                                 m_progress));
        QVERIFY(same(said(*m_workbench, m_recipe), before));
        const VariantKey alone{{m_workbench->calibration().variant(m_recipe).key().slots.front()},
                               {}};
        const Recipe one = recipeOf(m_workbench->model().graph, alone);
        const PredictionRange ofOne = said(*m_workbench, one);
        QVERIFY(measurer.measure({alone, 1, 1}, m_progress));
        QVERIFY(same(said(*m_workbench, one), ofOne));
        QVERIFY(same(said(*m_workbench, m_recipe), before)); // a layer of it was tried since
        const auto later = open();
        later->calibration().measureSensitivity(m_calibration, m_progress);
        QVERIFY(same(said(*later, m_recipe), before));
        QVERIFY(same(said(*later, one), ofOne));
        const RangeCount count = countInRange(later->predictions().trialPoints(m_progress));
        QCOMPARE(count.predicted, size_t{2});
        qputenv("BITLOOM_CACHE", "off");
    }

    void hitsAreCounted()
    {
        const PriorPrediction prior = {{1, 0.5, 2}, 0, 0};
        const RangeCount count =
            countInRange({point(0.5, prior), point(2, prior), point(0.4, prior), point(2.1, prior),
                          point(1, std::nullopt)});
        QCOMPARE(count.hits, size_t{2});
        QCOMPARE(count.predicted, size_t{4});
        QCOMPARE(countInRange({}).predicted, size_t{0});
    }

    /// The report says what was predicted, and whether it held.
    void theReportKeepsIt()
    {
        m_workbench->calibration().measureSensitivity(m_calibration, m_progress);
        const PredictionRange before = said(*m_workbench, m_recipe);
        ReportSettings settings;
        settings.evaluation = evaluate(*m_workbench, m_recipe);
        const ReportInput input =
            m_workbench->reports().gatherReport(m_recipe, settings, m_progress);
        QVERIFY(same(input.predicted.value(), before));
        const auto says = [&](const Evaluation& evaluation, const char* text) {
            ReportInput other = input;
            other.evaluation = evaluation;
            return htmlReport(other).find(text) != std::string::npos;
        };
        Evaluation evaluation = *settings.evaluation;
        const double measured = evaluation.divergence().value;
        evaluation.predicted = PriorPrediction{{measured, measured / 2, measured * 2}, 0, 0};
        QVERIFY(says(evaluation, "a hit, within the predicted range"));
        evaluation.predicted = PriorPrediction{{measured, measured * 2, measured * 3}, 0, 0};
        QVERIFY(says(evaluation, "a miss, outside the predicted range"));
    }
};

QTEST_APPLESS_MAIN(TestPriorPrediction)
#include "tst_prior_prediction.moc"
