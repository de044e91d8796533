// SPDX-License-Identifier: GPL-3.0-or-later
// A fit that measures recipes near the predicted best, on a real network.
#include "core/base/error.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTest>
#include <algorithm>
#include <atomic>

using namespace bitloom;

class TestFitMeasured : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_workbench;
    CalibrationSettings m_calibration;
    FitSettings m_settings;
    std::string m_stories;
    std::string m_fresh; ///< a text that neither calibrates nor measures
    Recipe m_start;
    Progress m_progress;

    /// Three pieces of one text: what is better on one need not be on a text of another kind.
    void useTexts()
    {
        const std::string whole = readTextFile(m_stories + "sample_exllamav2.txt");
        const auto piece = [&](size_t from, size_t to) {
            from = whole.find('\n', whole.size() * from / 4);
            to = std::min(whole.find('\n', whole.size() * to / 4 - 1), whole.size());
            return whole.substr(from, to - from);
        };
        m_calibration.text = piece(0, 2);
        m_settings.measurement.emplace();
        EvaluationSettings& text = m_settings.measurement->text;
        text.text = piece(2, 3);
        text.textName = "the third quarter";
        text.windows.context = 64;
        text.windows.windows = 160;
        m_fresh = piece(3, 4);
    }

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        m_stories = testData() + "/text/tinystories/tinystories_";
        m_workbench = Workbench::open(testData() + "/models/stories260K/hf", torchEngines());
        m_settings.bitsPerWeight = 3.4;
        m_settings.methods = {"nearest"};
        for (const char* bits : {"2", "3", "4", "5", "6"})
            m_settings.schemes.push_back("int" + std::string(bits) + "-g32-asym");
        m_start.target = "safetensors";
        m_calibration.windows = 40;
        useTexts();
        m_workbench->calibration().measureSensitivity(m_calibration, m_progress);
    }

    /// What it says it saves, it saves on a text of its kind that nobody saw.
    void whatIsFoundIsBetter()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        const FitResult measured = m_workbench->fits().fit(m_start, m_settings, m_progress);
        FitSettings settings = m_settings;
        settings.measurement.reset();
        const FitResult predicted = m_workbench->fits().fit(m_start, settings, m_progress);
        QVERIFY(!predicted.measured);
        const MeasuredFit& fit = measured.measured.value();
        QVERIFY(fit.tried.size() > 20);
        QVERIFY(fit.isBetter);
        QVERIFY(measured.recipe.slots != predicted.recipe.slots);
        QVERIFY(measured.size.bitsPerWeight() <= 3.4);
        QVERIFY(measured.predictedKl >= predicted.predictedKl * 0.999);
        QCOMPARE(m_workbench->predictions().prediction(measured.recipe, m_progress)->learntFrom,
                 size_t{0});
        const Recipe next = uniform(m_workbench->model(), "int5-g32-asym");
        QCOMPARE(m_workbench->predictions().prediction(next, m_progress)->learntFrom, size_t{2});
        EvaluationSettings fresh;
        fresh.text = m_fresh;
        fresh.windows.context = 64;
        const Estimate saved =
            pairedDifference(evaluated(*m_workbench, predicted.recipe, fresh).klBlocks,
                             evaluated(*m_workbench, measured.recipe, fresh).klBlocks);
        qInfo("saved %.5f ± %.5f as measured, %.5f ± %.5f on another text", fit.saved.value,
              fit.saved.standardError, saved.value, saved.standardError);
        QVERIFY(saved.value > 0);
        QVERIFY(std::abs(saved.value - fit.saved.value) <
                3 * std::hypot(saved.standardError, fit.saved.standardError));
        for (const MeasuredFit::Tried& tried : fit.tried)
            QVERIFY(tried.measured.value > 0);
    }

    void theSmallestFileMayBeMeasuredToo()
    {
        FitSettings settings = m_settings;
        settings.bitsPerWeight.reset();
        settings.mostDamage = 0.2;
        settings.measurement->seconds = 3;
        const FitResult measured = m_workbench->fits().fit(m_start, settings, m_progress);
        settings.measurement.reset();
        const FitResult predicted = m_workbench->fits().fit(m_start, settings, m_progress);
        QVERIFY(measured.size.fileBytes <= predicted.size.fileBytes);
        QVERIFY(!measured.measured->complete);
    }

    void stoppedKeepsTheBestSoFar()
    {
        struct Stop : Progress {
            void report(double fraction, std::string_view what) override
            {
                if (fraction > 0.3 && what.starts_with("40 recipes"))
                    stopped = true;
            }
            bool stopRequested() const override { return stopped; }
            std::atomic<bool> stopped = false;
        } progress;
        const FitResult fit = m_workbench->fits().fit(m_start, m_settings, progress);
        QVERIFY(progress.stopped);
        QVERIFY(fit.complete && !fit.measured->complete);
        QVERIFY(fit.measured->tried.size() >= 39 && fit.measured->tried.size() <= 40);
        QVERIFY(fit.predictedKl > 0 && !fit.recipe.slots.empty());
    }

    void whatCannotBeTrustedIsRefused()
    {
        const auto refused = [this](const FitSettings& settings) {
            return refusal([&] { m_workbench->fits().fit(m_start, settings, m_progress); });
        };
        FitSettings settings = m_settings;
        settings.measurement->text.text = m_calibration.text;
        QVERIFY(refused(settings).contains("shares lines"));
        settings = m_settings;
        settings.measurement->text.windows.windows = 31;
        QVERIFY(refused(settings).contains("only 31 examples"));
    }
};

QTEST_GUILESS_MAIN(TestFitMeasured)
#include "tst_fit_measured.moc"
