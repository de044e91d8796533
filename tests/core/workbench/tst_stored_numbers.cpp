// SPDX-License-Identifier: GPL-3.0-or-later
// What a metric, a curvature or a spectrum took long to find is not measured again.
#include "core/files/store/number_store.h"
#include "core/workbench/lab/laboratory.h"
#include "core/workbench/prediction/curvatures.h"
#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/stop_after.h"

#include <QTemporaryDir>
#include <QtTest>

#include <limits>

using namespace bitloom;

namespace {

/// Counts what it is told of, but for the names of slots.
class Predicted : public Progress {
public:
    explicit Predicted(const Model& model)
        : m_model(model)
    {
    }
    void report(double, std::string_view what) override
    {
        m_count += m_model.graph.findSlot(std::string(what)) < 0 ? 1 : 0;
    }
    int count() const { return m_count; }

private:
    const Model& m_model;
    std::atomic<int> m_count = 0;
};

bool same(const std::vector<SlotDamage>& a, const std::vector<SlotDamage>& b)
{
    return std::ranges::equal(a, b, [](const SlotDamage& x, const SlotDamage& y) {
        return x.slot == y.slot && x.damage == y.damage;
    });
}

bool same(const std::vector<CurvatureDamage>& a, const std::vector<CurvatureDamage>& b)
{
    return std::ranges::equal(a, b, [](const CurvatureDamage& x, const CurvatureDamage& y) {
        return x.curvature.slot == y.curvature.slot && x.curvature.value == y.curvature.value &&
               x.curvature.uncertainty == y.curvature.uncertainty &&
               x.curvature.products == y.curvature.products && x.damage == y.damage;
    });
}

} // namespace

class TestStoredNumbers : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    CalibrationSettings m_text;
    Progress m_progress;

    /// With a cache of that name and nothing in memory. Its weights were looked at, which reports.
    std::shared_ptr<Workbench> workbench(const char* cache)
    {
        qputenv("BITLOOM_CACHE", cache ? m_folder.filePath(cache).toUtf8() : QByteArray("off"));
        auto made = Workbench::open(testData() + "/models/stories260K/hf", torchEngines());
        made->opened().requireFiniteWeights("test", m_progress);
        return made;
    }

    CurvatureRequest curvatureOver(int64_t windows, int64_t samples) const
    {
        CurvatureRequest request;
        request.text = m_text;
        request.text.windows = windows;
        request.samples = samples;
        return request;
    }

private Q_SLOTS:
    void numbersComeBackToTheLastBit()
    {
        using Limits = std::numeric_limits<double>;
        const MeasurementStore store(m_folder.filePath("numbers").toStdString());
        const NumberRows rows = {{0.1, -1.0 / 3, 1e308, Limits::denorm_min(), -0.0},
                                 {},
                                 {Limits::infinity(), -Limits::infinity(), 5}};
        Fingerprint key;
        key.add(int64_t{1});
        const NumberStore stored(store, "some", key);
        QVERIFY(!stored.load());
        stored.keep(rows);
        const auto back = NumberStore(store, "some", key).load();
        QVERIFY(back == rows);
        QVERIFY(std::signbit(back->at(0).at(4)));
        key.add(int64_t{2});
        QVERIFY(!NumberStore(store, "some", key).load());
        const NumberStore nowhere({}, "some", key);
        nowhere.keep(rows);
        QVERIFY(!nowhere.load());
    }

    void initTestCase()
    {
        if (testData().empty())
            return;
        m_text.text = readTextFile(testData() + "/text/tinystories/tinystories_valid_30k.txt");
        m_text.windows = 3;
        m_text.context = 48;
    }

    void aMetricIsNotMeasuredAgain()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto undisturbed =
            workbench(nullptr)->sensitivities().damagesBy("kronecker", m_text, m_progress);
        const auto first = workbench("metric");
        const auto second = workbench("metric");
        Predicted measuring(first->model());
        Predicted knowing(second->model());
        const auto found = first->sensitivities().damagesBy("kronecker", m_text, measuring);
        std::vector<SlotDamage> shown;
        const auto again = second->sensitivities().damagesBy(
            "kronecker", m_text, knowing, [&](const SlotDamage& one) { shown.push_back(one); });
        QVERIFY(found.size() > 30 && same(found, undisturbed));
        QVERIFY(same(found, again) && same(found, shown));
        QVERIFY(measuring.count() > 0);
        QCOMPARE(knowing.count(), 0);
        CalibrationSettings other = m_text;
        other.seed = 2;
        QVERIFY(!same(found, second->sensitivities().damagesBy("kronecker", other, m_progress)));
    }

    /// What a stop left of a Fisher is no measurement of the whole text, least of all to be kept.
    void aStoppedFisherIsNotTheTexts()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        CalibrationSettings text = m_text;
        text.windows = 8;
        const auto undisturbed =
            workbench(nullptr)->sensitivities().damagesBy("fisher", text, m_progress);
        const auto stopped = workbench("stopped");
        StopAfter half(0.5);
        const int64_t windows = stopped->calibration().measureSensitivity(text, half).windows;
        QVERIFY(windows > 0 && windows < 8);
        QVERIFY(same(stopped->sensitivities().damagesBy("fisher", text, m_progress), undisturbed));
        QVERIFY(same(workbench("stopped")->sensitivities().damagesBy("fisher", text, m_progress),
                     undisturbed));
    }

    /// Of the metric lab: another choice has another measured KL.
    void theMeasuredKlOfAChoiceGoesOn()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        EvaluationSettings text;
        text.text = m_text.text;
        text.windows.windows = 2;
        text.windows.context = 48;
        SlotChoice threeBits;
        threeBits.scheme = "int3-g32-asym";
        const auto measuredKl = [&](const char* cache, Progress& progress) {
            return workbench(cache)->laboratory().measuredKl(threeBits, text, progress);
        };
        const auto same = [](const std::vector<MeasuredSlotKl>& a,
                             const std::vector<MeasuredSlotKl>& b) {
            return std::ranges::equal(a, b, [](const MeasuredSlotKl& x, const MeasuredSlotKl& y) {
                return x.slot == y.slot && x.measured.value == y.measured.value &&
                       x.measured.standardError == y.measured.standardError;
            });
        };
        const auto undisturbed = measuredKl(nullptr, m_progress);
        StopAfter stop(0.5);
        const auto some = measuredKl("choice", stop);
        QVERIFY(some.size() > 10 && some.size() < undisturbed.size() - 10);
        QVERIFY(same(measuredKl("choice", m_progress), undisturbed));
        const auto fresh = workbench("choice");
        Predicted knowing(fresh->model());
        QVERIFY(same(fresh->laboratory().measuredKl(threeBits, text, knowing), undisturbed));
        QCOMPARE(knowing.count(), 0);
        Predicted measuring(fresh->model());
        workbench(nullptr)->laboratory().measuredKl(threeBits, text, measuring);
        QVERIFY(measuring.count() > 0);
        threeBits.scheme = "int2-g32-asym";
        QVERIFY(!same(measuredKl("choice", m_progress), undisturbed));
    }

    void theMeasuredKlGoesOnSlotBySlot()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string metric(kMeasuredSensitivity);
        const auto undisturbed =
            workbench(nullptr)->sensitivities().damagesBy(metric, m_text, m_progress);
        StopAfter stop(0.5);
        const auto some = workbench("truth")->sensitivities().damagesBy(metric, m_text, stop);
        QVERIFY(some.size() > 5 && some.size() < undisturbed.size() - 5);
        // Stopped before it measured any, it has those that were kept.
        class StopAtOthers : public Progress {
        public:
            explicit StopAtOthers(size_t known)
                : m_left(known)
            {
            }
            void seen() { --m_left; }
            bool stopRequested() const override { return m_left == 0; }

        private:
            size_t m_left;
        } stopAtOthers(some.size());
        const auto stored = workbench("truth")->sensitivities().damagesBy(
            metric, m_text, stopAtOthers, [&](const SlotDamage&) { stopAtOthers.seen(); });
        QVERIFY(same(stored, some));
        QVERIFY(same(workbench("truth")->sensitivities().damagesBy(metric, m_text, m_progress),
                     undisturbed));
    }

    void aCurvatureAndASpectrumAreNotMeasuredAgain()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        CurvatureRequest request = curvatureOver(1, 3);
        DensitySettings settings;
        settings.steps = 5;
        const auto first = workbench("curvature");
        const auto traces = first->curvatures().curvature("trace", request, m_progress);
        const SpectralDensity density =
            first->curvatures().density({1}, request, settings, m_progress);
        const auto second = workbench("curvature");
        StopAfter atOnce(0); // measures nothing
        QVERIFY(same(second->curvatures().curvature("trace", request, atOnce), traces));
        Predicted knowing(second->model());
        const SpectralDensity same = second->curvatures().density({1}, request, settings, knowing);
        QCOMPARE(knowing.count(), 0);
        QVERIFY(same.complete);
        QCOMPARE(same.steps, density.steps);
        QCOMPARE(same.dimension, density.dimension);
        QVERIFY(same.starts.at(0).values == density.starts.at(0).values);
        QVERIFY(same.starts.at(0).weights == density.starts.at(0).weights);
        request.loss = CurvatureLoss::CrossEntropy;
        QVERIFY(second->curvatures().curvature("trace", request, atOnce).empty());
    }

    void anInterruptedCurvatureGoesOn()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const CurvatureRequest request = curvatureOver(2, 6);
        for (const CurvatureMeasure& measure : curvatureMeasures()) {
            const std::string id(measure.id);
            const auto whole = workbench(nullptr)->curvatures().curvature(id, request, m_progress);
            StopAfter half(0.5);
            workbench("interrupted")->curvatures().curvature(id, request, half);
            StopAfter atOnce(0);
            const auto known =
                workbench("interrupted")->curvatures().curvature(id, request, atOnce);
            QVERIFY(!known.empty() && !same(known, whole));
            QVERIFY(same(workbench("interrupted")->curvatures().curvature(id, request, m_progress),
                         whole));
        }
    }

    void anInterruptedSpectrumGoesOn()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const CurvatureRequest request = curvatureOver(2, 1);
        DensitySettings settings;
        settings.steps = 8;
        const auto whole =
            workbench(nullptr)->curvatures().density({}, request, settings, m_progress);
        StopAfter half(0.5);
        QCOMPARE(workbench("spectrum")->curvatures().density({}, request, settings, half).steps,
                 int64_t{4});
        const auto second = workbench("spectrum");
        Predicted going(second->model());
        const SpectralDensity found = second->curvatures().density({}, request, settings, going);
        QCOMPARE(going.count(), 4); // products
        QVERIFY(found.complete);
        QVERIFY(found.starts.at(0).values == whole.starts.at(0).values);
        QVERIFY(found.starts.at(0).weights == whole.starts.at(0).weights);
    }
};

QTEST_APPLESS_MAIN(TestStoredNumbers)
#include "tst_stored_numbers.moc"
