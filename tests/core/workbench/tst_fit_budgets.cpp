// SPDX-License-Identifier: GPL-3.0-or-later
// Budgets in memory and in time of a token, alone and beside a size.
#include "core/base/error.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QtTest>
#include <algorithm>
#include <chrono>
#include <functional>

using namespace bitloom;

namespace {

/// Keeps a weight in as many bytes as a file, and 1000 besides for each slot.
class PlainMemory : public EngineMemory {
public:
    static constexpr int64_t kActivations = 5000;
    std::string description() const override { return "plain"; }
    int64_t slotBytes(const Graph& graph, int slot, const Scheme& scheme) const override
    {
        const Slot& of = graph.slot(slot);
        return of.rows * scheme.rowBytes(of.columns) + 1000;
    }
    int64_t matrixBytes(const Scheme& scheme, int64_t rows, int64_t columns) const override
    {
        return scheme.slotBytes(rows, columns);
    }
    int64_t stateBytes(const Graph&, int64_t positions) const override { return positions * 64; }
    int64_t activationBytes(const Graph&, int64_t, int64_t) const override { return kActivations; }
};

/// Takes 0.3 ms for a token, and for every weight that it multiplies with a time that its bits
/// tell: 3 bits are the slowest.
class PacedEngine : public Engine {
public:
    PacedEngine(const std::shared_ptr<const Model>& model, const WeightSource& weights)
        : m_vocabulary(model->graph.vocabulary)
    {
        for (size_t i = 0; i < model->graph.slots.size(); ++i) {
            const int slot = static_cast<int>(i);
            const PackedTensor tensor = weights.slot(slot);
            const double perWeight =
                tensor.scheme->bits() == 3 ? 3e-9 : 0.1e-9 * tensor.scheme->bits();
            m_seconds += productsWith(model->graph, slot) * perWeight *
                         static_cast<double>(tensor.rows * tensor.columns);
        }
    }
    std::string id() const override { return "paced"; }
    std::string description() const override { return "paced"; }
    int64_t weightBytes() const override { return 0; }
    std::unique_ptr<Sequence> newSequence(int64_t) override { return std::make_unique<Length>(); }
    Matrix run(Sequence& sequence, std::span<const int32_t> tokens, Rows) override
    {
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::duration<double>(m_seconds);
        while (std::chrono::steady_clock::now() < until) {
        }
        static_cast<Length&>(sequence).tokens += static_cast<int64_t>(tokens.size());
        return {1, m_vocabulary};
    }
    Matrix encode(const TextBatch&, const ValueTap&) override { return {}; }

private:
    struct Length : Sequence {
        int64_t tokens = 0;
        int64_t length() const override { return tokens; }
        void clear() override { tokens = 0; }
    };
    int64_t m_vocabulary;
    double m_seconds = 0.3e-3;
};

std::unique_ptr<Engine> pacedEngine(const std::shared_ptr<const Model>& model,
                                    const WeightSource& weights, const std::string& wanted,
                                    std::string&)
{
    if (wanted == "torch")
        return makeTorchEngine(model, weights, {1});
    return std::make_unique<PacedEngine>(model, weights);
}

} // namespace

class TestFitBudgets : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_workbench;
    Recipe m_start;

    const Model& model() const { return m_workbench->model(); }
    FitSettings integers() const
    {
        FitSettings settings = integerFit(4);
        settings.bitsPerWeight.reset();
        std::erase_if(settings.schemes,
                      [](const std::string& id) { return id.find("-g32-") == std::string::npos; });
        return settings;
    }
    FitResult fit(const FitSettings& settings) const
    {
        Progress progress;
        return m_workbench->fits().fit(m_start, settings, progress);
    }

private Q_SLOTS:
    void initTestCase()
    {
        setenv("BITLOOM_SAMPLE_DIR", sampleData().c_str(), 1);
        m_workbench =
            Workbench::open("sample", pacedEngine, [] { return std::make_shared<PlainMemory>(); });
        // The gradients need an engine that computes.
        const auto torch = openSample();
        CalibrationSettings settings;
        settings.text = readTextFile(sampleData() + "/calibration.txt");
        settings.windows = 8;
        settings.context = 64;
        Progress progress;
        m_workbench->calibration().setFisher(
            torch->calibration().measureSensitivity(settings, progress));
        m_start.target = "safetensors";
    }

    /// The bill adds up: packed slots, states, activations.
    void memoryIsTheSumOfItsParts()
    {
        const Recipe recipe = uniform(model(), "int4-g32-sym");
        const RunMemory memory = m_workbench->opened().memory(recipe, 100);
        int64_t packed = 0;
        for (const Slot& slot : model().graph.slots)
            packed += slotBytes(model(), slot, recipe.choice(slot.name).scheme) + 1000;
        QCOMPARE(memory.weights, packed);
        QCOMPARE(memory.states, 6400);
        QCOMPARE(memory.activations, PlainMemory::kActivations);
        QCOMPARE(memory.total(), packed + 6400 + PlainMemory::kActivations);
        QCOMPARE(m_workbench->opened().memory(recipe, 0).positions, model().graph.contextLength);
        QVERIFY(refusal([&] {
                    m_workbench->opened().memory(recipe, 1'000'000);
                }).contains("tokens at most"));
        QVERIFY(refusal([&] { openSample()->opened().memory(recipe, 0); }).contains("no engine"));
    }

    /// Corrections that the fit keeps, and what transforms change, are in the bill.
    void aMemoryBudgetSeesCorrections()
    {
        FitSettings settings = integers();
        settings.memory = {
            m_workbench->opened().memory(uniform(model(), "int5-g32-sym"), 128).total(), 128};
        Recipe start = uniform(model(), "int4-g32-sym", "nearest", m_start.target);
        applyCorrection(start, model(), ".*proj=lorc:2");
        Progress progress;
        const FitResult fitted = m_workbench->fits().fit(start, settings, progress);
        QVERIFY(std::ranges::any_of(fitted.recipe.slots, [](const auto& slot) {
            return slot.second.correction.has_value();
        }));
        QCOMPARE(fitted.memory->total(), m_workbench->opened().memory(fitted.recipe, 128).total());
        QVERIFY(fitted.memory->total() <= settings.memory->bytes);
        QVERIFY(fitted.memory->total() > settings.memory->bytes - 20000);
        settings.memory.reset();
        settings.decode = DecodeBudget{1, {}};
        QVERIFY(refusal([&] {
                    m_workbench->fits().fit(start, settings, progress);
                }).contains("corrections"));
    }

    /// What is left of a memory budget is less than the cheapest step up, and what the fit says it
    /// takes is what its recipe takes; a longer text leaves less.
    void aMemoryBudgetHolds()
    {
        FitSettings settings = integers();
        const int64_t bytes =
            m_workbench->opened().memory(uniform(model(), "int4-g32-sym"), 128).total();
        settings.memory = {bytes, 128};
        const FitResult small = fit(settings);
        QVERIFY(small.memory->total() <= bytes && small.memory->total() > bytes - 20000);
        QCOMPARE(small.memory->total(), m_workbench->opened().memory(small.recipe, 128).total());
        settings.memory->positions = 1;
        QVERIFY(fit(settings).predictedKl < small.predictedKl);
        // A file budget that comes to the same bytes finds the same.
        FitSettings file = integers();
        file.fileBytes = small.size.fileBytes;
        QVERIFY(std::abs(fit(file).predictedKl / small.predictedKl - 1) < 1e-6);
        settings.memory->bytes = 100'000;
        const QString said = refusal([&] { fit(settings); });
        QVERIFY2(said.contains("bytes of memory, more than the budget"), qPrintable(said));
    }

    /// The front stays a line over the bytes of the file.
    void theFrontIsOfFiles()
    {
        FitSettings settings = integers();
        settings.memory = {
            m_workbench->opened().memory(uniform(model(), "int4-g32-sym"), 128).total(), 128};
        const auto front = fit(settings).front;
        QVERIFY(front.size() > 10);
        for (size_t i = 1; i < front.size(); ++i)
            QVERIFY(front[i].fileBytes > front[i - 1].fileBytes &&
                    front[i].predicted < front[i - 1].predicted);
    }

    /// Predicted from products and a rest, the time is that of the whole; the slow scheme, good as
    /// it is for its size, is avoided.
    void aBudgetInTimeHolds()
    {
        FitSettings settings = integers();
        Progress progress;
        std::string notice;
        const auto timeOf = [&](const Recipe& recipe) {
            PacedEngine engine(m_workbench->sharedModel(),
                               Variant(TransformedModel(m_workbench->sharedModel()), recipe));
            return decodeSeconds(engine, model().graph);
        };
        const double four = timeOf(uniform(model(), "int4-g32-sym"));
        settings.decode = {four, ""};
        const FitResult result = fit(settings);
        QVERIFY(result.decode->dependsOnScheme);
        QVERIFY(result.decodeSeconds <= four);
        QVERIFY(result.decodeSeconds > 0.9 * four);
        QVERIFY(std::abs(result.decode->rest / 0.3e-3 - 1) < 0.15);
        QVERIFY(std::abs(timeOf(result.recipe) / result.decodeSeconds - 1) < 0.1);
        for (const auto& [name, choice] : result.recipe.slots)
            QVERIFY(choice.scheme.find("int3") == std::string::npos ||
                    productsWith(model().graph, model().graph.findSlot(name)) == 0);
        QVERIFY(result.reasons.front().isTime);
        settings.decode->seconds = 0.2e-3; // less than the rest
        const QString said = refusal([&] { fit(settings); });
        QVERIFY2(said.contains("ms a token, more than the budget"), qPrintable(said));
    }

    void decodedWeightsAreAllAsFast()
    {
        FitSettings settings = integers();
        settings.decode = {1, "torch"};
        const FitResult result = fit(settings);
        QVERIFY(!result.decode->dependsOnScheme);
        const double eight = result.decode->ofToken(model(), uniform(model(), "int8-g32-sym"));
        QCOMPARE(result.decode->ofToken(model(), uniform(model(), "int2-g32-sym")), eight);
    }

    void bothOfTwoBudgetsHold()
    {
        FitSettings settings = integers();
        settings.fileBytes = fit([&] {
                                 FitSettings four = integers();
                                 four.bitsPerWeight = 4;
                                 return four;
                             }())
                                 .size.fileBytes;
        const FitResult alone = fit(settings);
        const double time = fit([&] {
                                FitSettings timed = settings;
                                timed.decode = {1, ""};
                                return timed;
                            }())
                                .decodeSeconds; // ample: tells what the file's recipe takes
        settings.decode = {0.8 * time, ""};
        const FitResult both = fit(settings);
        QVERIFY(both.size.fileBytes <= *settings.fileBytes);
        QVERIFY(both.decodeSeconds <= 0.8 * time);
        QVERIFY(both.predictedKl > alone.predictedKl);
        settings.memory = {1'000'000'000, 0};
        QVERIFY(refusal([&] { fit(settings); }).contains("one or two"));
        settings.decode.reset();
        QVERIFY(std::abs(fit(settings).predictedKl / alone.predictedKl - 1) < 0.02); // ample again
        settings.bitsPerWeight = 4;
        QVERIFY(refusal([&] { fit(settings); }).contains("one or two"));
    }

    /// Recipes are measured within both, and what is kept is within both.
    void recipesAreMeasuredWithinTwoBudgets()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        FitSettings settings = integers();
        settings.fileBytes = 1'900'000;
        settings.decode = {1, ""};
        settings.decode->seconds = 0.85 * fit(settings).decodeSeconds;
        FitMeasurement measurement;
        measurement.text.text = readTextFile(sampleData() + "/evaluation.txt");
        measurement.text.windows.context = 32;
        measurement.text.windows.windows = 32;
        measurement.seconds = 600;
        settings.measurement = measurement;
        struct StopAfterSix : Progress {
            void report(double, std::string_view what) override
            {
                stopped = stopped || what.starts_with("6 recipes");
            }
            bool stopRequested() const override { return stopped; }
            std::atomic<bool> stopped = false;
        } progress;
        const FitResult result = m_workbench->fits().fit(m_start, settings, progress);
        QVERIFY(result.complete);
        QVERIFY(result.size.fileBytes <= 1'900'000);
        QVERIFY(result.decodeSeconds <= settings.decode->seconds);
        QVERIFY(result.measured->tried.size() >= 5);
        for (const MeasuredFit::Tried& tried : result.measured->tried)
            QVERIFY(tried.fileBytes <= 1'900'000);
    }

    void aStopWhileTimingIsOne()
    {
        FitSettings settings = integers();
        settings.decode = {1, ""};
        struct Stopped : Progress {
            bool stopRequested() const override { return true; }
        } progress;
        const FitResult result = m_workbench->fits().fit(m_start, settings, progress);
        QVERIFY(!result.complete);
        QVERIFY(result.recipe == m_start);
    }
};

QTEST_APPLESS_MAIN(TestFitBudgets)
#include "tst_fit_budgets.moc"
