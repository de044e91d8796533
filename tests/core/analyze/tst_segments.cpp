// SPDX-License-Identifier: GPL-3.0-or-later
// Measurements that go through a network segment by segment, and go on where they were interrupted.
#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/hessian/curvature.h"
#include "core/analyze/passes/input_moments.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/analyze/passes/weight_gradient.h"
#include "core/base/random.h"
#include "core/quantize/variant/variant.h"
#include "tests/core/network/tiny_models.h"
#include "tests/stop_after.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>

using namespace bitloom;

namespace {

constexpr uint64_t kSeed = 4;
/// Nothing is held that need not be: every block is a segment.
constexpr SegmentLimits kSmallest{0, 0, 0};

/// Of different lengths.
std::vector<Window> windowsFor(const Graph& graph, size_t count)
{
    std::vector<Window> windows;
    for (uint64_t w = 0; w < count; ++w) {
        Window window;
        const uint64_t length = 9 + w % 3;
        for (uint64_t i = 0; i < length; ++i)
            window.tokens.push_back(static_cast<int32_t>(
                randomBits(w, i) % static_cast<uint64_t>(graph.slots.front().rows)));
        if (graph.readsWholeTexts())
            window.firstScored = static_cast<int64_t>(length) - 1;
        windows.push_back(window);
    }
    return windows;
}

std::shared_ptr<const WeightSource> threeBits(const std::shared_ptr<const Model>& model)
{
    Recipe recipe;
    recipe.target = "safetensors";
    applySet(recipe, *model, ".*", {{"int3-g32-asym", "int3-row-asym"}, "nearest"});
    return std::make_shared<Variant>(TransformedModel(model), recipe);
}

/// Largest difference of two rows of sums, of the largest of them.
double difference(const std::vector<float>& a, const std::vector<float>& b)
{
    float largest = 0;
    float apart = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(a[i]));
        apart = std::max(apart, std::abs(a[i] - b[i]));
    }
    return largest > 0 ? apart / largest : apart;
}

std::vector<float> copyOf(const MomentHalf& segment)
{
    const std::span<float> values = segment.values->values();
    return {values.begin(), values.end()};
}

/// Counts what it is told, to tell work from none.
class Counting : public Progress {
public:
    void report(double fraction, std::string_view) override
    {
        if (m_reports++ == 0)
            m_first = fraction;
    }
    int reports() const { return m_reports; }
    double first() const { return m_first; }

private:
    std::atomic<int> m_reports = 0;
    double m_first = 1;
};

} // namespace

class TestSegments : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string fresh()
    {
        static int count = 0;
        return m_folder.filePath(QString::number(count++)).toStdString();
    }
    std::shared_ptr<const Model> written(const TinyModel& tiny)
    {
        const std::string folder = fresh();
        tiny.write(folder);
        return openModel(folder);
    }

    static void compare(const Model& model, const Fisher& a, const Fisher& b, double tolerance)
    {
        QCOMPARE(a.windows, b.windows);
        QCOMPARE(a.predictions, b.predictions);
        int measured = 0;
        for (size_t i = 0; i < a.slots.size(); ++i) {
            const char* name = model.graph.slots[i].name.c_str();
            QVERIFY2(a.slots[i].rowSums.size() == b.slots[i].rowSums.size(), name);
            QVERIFY2(difference(a.slots[i].rowSums, b.slots[i].rowSums) <= tolerance, name);
            QVERIFY2(difference(a.slots[i].columnSums, b.slots[i].columnSums) <= tolerance, name);
            const double along = a.slots[i].alongWeights.value_or(0);
            QVERIFY2(std::abs(along - b.slots[i].alongWeights.value_or(0)) <= tolerance * along,
                     name);
            measured += a.slots[i].total > 0 ? 1 : 0;
        }
        QVERIFY(measured > 1);
    }

    static void compare(const Model& model, const InputMoments& a, const InputMoments& b,
                        double tolerance)
    {
        for (int slot = 0; slot < static_cast<int>(model.graph.slots.size()); ++slot) {
            QCOMPARE(a.of(slot) != nullptr, b.of(slot) != nullptr);
            if (!a.of(slot))
                continue;
            for (const bool held : {false, true}) {
                const MomentHalf& one = held ? a.of(slot)->heldOut : a.of(slot)->fitted;
                const MomentHalf& two = held ? b.of(slot)->heldOut : b.of(slot)->fitted;
                QCOMPARE(one.positions, two.positions);
                QVERIFY(difference(copyOf(one), copyOf(two)) <= tolerance);
            }
        }
    }

private Q_SLOTS:
    void segmentsTellWhatTheWholeTells()
    {
        for (const Architecture& architecture : architectures()) {
            const auto model = written(tinyModel(architecture));
            const std::vector<Window> windows = windowsFor(model->graph, 5);
            Progress progress;
            compare(*model, measureFisher(model, windows, kSeed, progress),
                    measureFisher(model, windows, kSeed, progress, {}, kSmallest), 1e-4);
            compare(*model, *measureInputMoments(model, windows, progress),
                    *measureInputMoments(model, windows, progress, kSmallest), 1e-5);
        }
    }

    void trialsThroughSegmentsTellWhatTheWholeTells()
    {
        for (const Architecture& architecture : architectures()) {
            const auto model = written(tinyModel(architecture));
            const std::vector<Window> windows = windowsFor(model->graph, 7);
            const auto changed = threeBits(model);
            Progress progress;
            const auto whole =
                SlotTrials(model, windows).divergences(changed, 0, windows.size(), progress);
            const SlotTrials segmented(model, windows, kSmallest);
            const auto first = segmented.divergences(changed, 0, 2, progress);
            const auto segments = segmented.divergences(changed, 0, windows.size(), progress);
            QCOMPARE(segments.size(), windows.size());
            for (size_t i = 0; i < windows.size(); ++i) {
                QCOMPARE(segments[i].count, whole[i].count);
                QVERIFY(whole[i].sum > 0);
                QVERIFY(std::abs(segments[i].sum / whole[i].sum - 1) < 1e-3);
            }
            QCOMPARE(first[1].sum, segments[1].sum);
            StopAfter half(0.5);
            QVERIFY(segmented.divergences(changed, 0, windows.size(), half).empty());
        }
    }

    /// Against the gradient that the curvature differentiates, of the whole network.
    void theGradientAtOtherWeights()
    {
        for (const Architecture& architecture : architectures()) {
            const auto model = written(tinyModel(architecture));
            const std::vector<Window> windows = windowsFor(model->graph, 5);
            const auto others = threeBits(model);
            Progress progress;
            const auto found = measureWeightGradient(model, others, windows, progress, kSmallest);
            const NetworkCurvature whole(model, windows, {});
            Vector moved;
            for (const int slot : whole.slots()) {
                const Matrix original = OriginalWeights(model).slot(slot).decode();
                const Matrix other = others->slot(slot).decode();
                for (size_t i = 0; i < other.values.size(); ++i)
                    moved.push_back(static_cast<double>(other.values[i]) - original.values[i]);
            }
            const Vector expected = whole.gradient(moved, progress);
            std::vector<float> wanted(expected.begin(), expected.end());
            std::vector<float> all;
            for (const int slot : whole.slots())
                std::ranges::copy(found.at(slot)->values(), std::back_inserter(all));
            QCOMPARE(all.size(), wanted.size());
            QVERIFY(difference(wanted, all) < 1e-4);
            StopAfter early(0.1);
            QVERIFY(measureWeightGradient(model, others, windows, early, kSmallest).empty());
        }
    }

    // More than is decoded at a time: rows are picked, products computed in stretches.
    void aLargeVocabularyIsStreamed()
    {
        for (const bool tied : {false, true}) {
            TinyLlama tiny;
            constexpr int64_t kManyWords = 180'000;
            tiny.configuration["vocab_size"] = kManyWords;
            tiny.configuration["tie_word_embeddings"] = tied;
            tiny.shapes["model.embed_tokens.weight"] = {kManyWords, 24};
            tiny.shapes["lm_head.weight"] = {kManyWords, 24};
            if (tied)
                tiny.shapes.erase("lm_head.weight");
            const auto model = written(tiny);
            const std::vector<Window> windows = windowsFor(model->graph, 2);
            Progress progress;
            compare(*model, measureFisher(model, windows, kSeed, progress),
                    measureFisher(model, windows, kSeed, progress, {}, kSmallest), 1e-4);
        }
    }

    void anInterruptedFisherGoesOn()
    {
        const auto model = written(TinyLlama());
        const std::vector<Window> windows = windowsFor(model->graph, 12);
        const MeasurementStore store(fresh());
        Progress progress;
        const Fisher whole = measureFisher(model, windows, kSeed, progress);
        StopAfter half(0.5);
        const Fisher first = measureFisher(model, windows, kSeed, half, {}, {}, store);
        QVERIFY(first.windows >= 6 && first.windows < 12);
        Counting second;
        const Fisher again = measureFisher(model, windows, kSeed, second, {}, {}, store);
        QVERIFY(again == whole);
        QVERIFY(second.first() >= 0.5);
        Counting third;
        int seen = 0;
        const Fisher known = measureFisher(
            model, windows, kSeed, third, [&](const Fisher&) { ++seen; }, {}, store);
        QVERIFY(known == whole);
        QCOMPARE(third.reports(), 0);
        QCOMPARE(seen, 1); // the bars are drawn all the same
        Counting other;
        measureFisher(model, windows, kSeed + 1, other, {}, {}, store);
        QVERIFY(other.reports() > 0);
    }

    void interruptedMomentsGoOn()
    {
        const auto model = written(TinyLlama());
        const std::vector<Window> windows = windowsFor(model->graph, 8);
        const MeasurementStore store(fresh());
        Progress progress;
        const auto whole = measureInputMoments(model, windows, progress, kSmallest);
        StopAfter half(0.6);
        QVERIFY(!measureInputMoments(model, windows, half, kSmallest, store));
        Counting second;
        compare(*model, *measureInputMoments(model, windows, second, kSmallest, store), *whole, 0);
        QVERIFY(second.first() > 0.25);
        Counting third;
        compare(*model, *measureInputMoments(model, windows, third, kSmallest, store), *whole, 0);
        QCOMPARE(third.reports(), 0);
    }

    void whatIsBrokenOnDiskIsMeasuredAgain()
    {
        const auto model = written(TinyLlama());
        const std::vector<Window> windows = windowsFor(model->graph, 4);
        const std::string folder = fresh();
        const MeasurementStore store(folder);
        Progress progress;
        const Fisher fisher = measureFisher(model, windows, kSeed, progress, {}, {}, store);
        const auto moments = measureInputMoments(model, windows, progress, kSmallest);
        measureInputMoments(model, windows, progress, kSmallest, store);
        for (const auto& file : std::filesystem::recursive_directory_iterator(folder))
            if (file.is_regular_file() && file.path().filename() != "parts")
                std::filesystem::resize_file(file.path(), file.file_size() / 2);
        compare(*model, measureFisher(model, windows, kSeed, progress, {}, {}, store), fisher, 0);
        Counting counting;
        const auto again = measureInputMoments(model, windows, counting, kSmallest, store);
        QVERIFY(counting.reports() > 0);
        compare(*model, *again, *moments, 0);
    }
};

QTEST_APPLESS_MAIN(TestSegments)
#include "tst_segments.moc"
