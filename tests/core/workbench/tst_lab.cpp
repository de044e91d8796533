// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/lab/lab.h"

#include "core/base/error.h"
#include "core/workbench/lab/laboratory.h"
#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/stop_after.h"

#include <QTest>

using namespace bitloom;

class TestLab : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_workbench;
    LabSettings m_settings;
    Progress m_progress;

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string stories = testData() + "/text/tinystories/tinystories_";
        m_workbench = Workbench::open(testData() + "/models/stories260K/hf", torchEngines());
        m_settings.calibration.text = readTextFile(stories + "sample_exllamav2.txt");
        m_settings.calibration.windows = 40;
        m_settings.evaluation.text = readTextFile(stories + "valid_30k.txt");
        m_settings.evaluation.windows.windows = 8;
        m_settings.evaluation.windows.context = 128;
    }

    /// What this program goes by ranks as measured, within each width too, and needs no constant;
    /// plain errors do not.
    void fisherTellsWhatIsMeasured()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        m_settings.metrics = {"fisher-inputs", "fisher", "weight-error", "output-error"};
        const Lab lab = runLab(m_workbench->laboratory(), m_settings, m_progress);
        QVERIFY(lab.complete);
        QCOMPARE(lab.points.size(), size_t{36 * 3});
        for (const size_t fisher : {0, 1}) {
            const LabScore& score = lab.scores[fisher];
            QVERIFY2(score.spearman > 0.97, qPrintable(QString::number(score.spearman)));
            for (const double within : score.within)
                QVERIFY2(within > 0.88, qPrintable(QString::number(within)));
            QVERIFY(std::abs(score.ratio.mean) < 0.25 && score.ratio.deviation < 0.25);
            for (const size_t error : {2, 3})
                QVERIFY(score.spearman > lab.scores[error].spearman + 0.1);
        }
    }

    /// The same of values that are quantized: what is felt ranks as measured, plain errors do not.
    void quantizedActivationsArePredictedAsWell()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        LabSettings settings = m_settings;
        settings.metrics.clear();
        settings.activationSchemes = usualActivationSchemes();
        const Lab lab = runLab(m_workbench->laboratory(), settings, m_progress);
        QVERIFY(lab.complete && lab.ofValues);
        QCOMPARE(lab.metrics.size(), activationMetrics().size());
        const Graph& graph = m_workbench->model().graph;
        size_t values = 0;
        for (size_t value = 0; value < graph.values.size(); ++value)
            values += graph.canBeQuantized(static_cast<int>(value)) ? 1 : 0;
        QCOMPARE(lab.points.size(), 3 * values);
        for (const LabPoint& point : lab.points)
            QVERIFY(graph.canBeQuantized(point.index) && point.measured.value > 0);
        const LabScore& fisher = lab.scores.front();
        QVERIFY2(fisher.spearman > 0.97, qPrintable(QString::number(fisher.spearman)));
        for (const double within : fisher.within)
            QVERIFY2(within > 0.95, qPrintable(QString::number(within)));
        QVERIFY(std::abs(fisher.ratio.mean) < 0.2 && fisher.ratio.deviation < 0.25);
        for (const size_t error : {3, 4})
            for (size_t scheme = 0; scheme < lab.schemes.size(); ++scheme)
                QVERIFY(fisher.within[scheme] > lab.scores[error].within[scheme] + 0.1);
        settings.metrics = {"fisher-inputs"}; // of weights
        QVERIFY_THROWS_EXCEPTION(Error, runLab(m_workbench->laboratory(), settings, m_progress));
    }

    /// What was measured predicts itself.
    void measuredIsWhatARunFinds()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        m_settings.metrics = {"measured"};
        m_settings.choices.resize(1);
        m_settings.choices[0].scheme = "int3-g32-asym";
        LabSettings settings = m_settings;
        settings.calibration.windows = 8;
        std::swap(settings.calibration.text, settings.evaluation.text);
        const Lab there = runLab(m_workbench->laboratory(), settings, m_progress);
        const Lab back = runLab(m_workbench->laboratory(), m_settings, m_progress);
        QCOMPARE(there.points.size(), back.points.size());
        QVERIFY(back.scores[0].spearman > 0.9);
        for (size_t i = 0; i < back.points.size(); i += 5) // each measured on the other's text
            QVERIFY(std::abs(there.points[i].predicted[0] / back.points[i].measured.value - 1) <
                    1e-6);
    }

    void aMetricIsMeasuredOnce()
    {
        const auto metric = [&](const char* id, uint64_t seed) {
            CalibrationSettings text = m_settings.calibration;
            text.windows = 2;
            text.seed = seed;
            return m_workbench->sensitivities().sensitivityBy(id, text, m_progress);
        };
        const auto first = metric("fisher-position", 1);
        QCOMPARE(metric("fisher-position", 1), first);
        QVERIFY(metric("fisher-position", 2) != first);
    }

    void stoppedKeepsThePointsSoFar()
    {
        m_settings.metrics = {"weight-error"};
        m_settings.choices.clear();
        StopAfter stop(0.75);
        const Lab lab = runLab(m_workbench->laboratory(), m_settings, stop);
        QVERIFY(!lab.complete);
        QVERIFY(lab.points.size() > 40 && lab.points.size() < 70);
        QCOMPARE(lab.scores.size(), size_t{1});
    }

    void labelsNeedATextThatIsContinued()
    {
        const auto bert = Workbench::open(testData() + "/models/bert-sst2/hf", torchEngines());
        CalibrationSettings text;
        text.text = "a fine film\na dull one\n";
        QVERIFY_THROWS_EXCEPTION(
            Error, bert->sensitivities().sensitivityBy("fisher-empirical", text, m_progress));
        QVERIFY(bert->sensitivities().sensitivityBy("kronecker", text, m_progress));
    }
};

QTEST_GUILESS_MAIN(TestLab)
#include "tst_lab.moc"
