// SPDX-License-Identifier: GPL-3.0-or-later
// A graph has slots of its own.
#include "core/analyze/statistics/activations.h"
#include "core/analyze/statistics/statistics.h"
#include "core/base/random.h"
#include "core/storage/half.h"
#include "tests/core/analyze/fakes.h"
#include "tests/refusal.h"

#include <QtTest>
#include <cstring>
#include <limits>

using namespace bitloom;

namespace {

struct NoFile : MappedFile {
    void check() const override {}
};

/// A model of one slot, with the weights kept in memory at an odd address.
struct OneSlot {
    Model model;
    std::vector<std::byte> bytes;
    std::vector<float> values; ///< in logical order

    OneSlot(const std::string& scheme, int64_t rows, int64_t columns,
            std::vector<int32_t> rowOrder = {})
    {
        const size_t size = scheme == "f32" ? 4 : 2;
        const auto count = static_cast<size_t>(rows * columns);
        std::vector<float> stored(count);
        bytes.resize(count * size + 1);
        for (size_t i = 0; i < count; ++i)
            stored[i] = store(scheme, bytes.data() + 1 + i * size, weight(i));
        values.resize(count);
        for (size_t i = 0; i < count; ++i) {
            const size_t row = i / static_cast<size_t>(columns);
            const size_t from = rowOrder.empty() ? row : static_cast<size_t>(rowOrder[row]);
            values[i] =
                stored[from * static_cast<size_t>(columns) + i % static_cast<size_t>(columns)];
        }
        StoredTensor tensor;
        tensor.name = "w.weight";
        tensor.shape = {rows, columns};
        tensor.type = scheme;
        tensor.scheme = findScheme(scheme);
        tensor.file = std::make_shared<NoFile>();
        tensor.bytes = std::span(bytes).subspan(1);
        tensor.rowOrder = std::move(rowOrder);
        model.checkpoint.tensors.push_back(std::move(tensor));
        Slot slot;
        slot.name = "w";
        slot.tensor = "w.weight";
        slot.rows = rows;
        slot.columns = columns;
        slot.quantizable = true;
        model.graph.slots.push_back(slot);
    }
    /// About Gaussian, with some exact zeros and a few outliers.
    static float weight(size_t i)
    {
        if (i % 97 == 5)
            return 0;
        double sum = 0;
        for (uint64_t k = 0; k < 12; ++k)
            sum += randomUniform(3, i * 12 + k) - 0.5;
        return static_cast<float>(i % 1013 == 7 ? 11 * sum : sum);
    }
    static float store(const std::string& scheme, std::byte* out, float value)
    {
        if (scheme == "f32") {
            std::memcpy(out, &value, 4);
            return value;
        }
        const bool half = scheme == "f16";
        const uint16_t bits = half ? floatToHalf(value) : floatToBfloat(value);
        std::memcpy(out, &bits, 2);
        return half ? halfToFloat(bits) : bfloatToFloat(bits);
    }
};

bool close(double a, double b, double tolerance = 1e-10)
{
    return std::abs(a - b) <= tolerance * (std::abs(a) + std::abs(b));
}

void checkAgainstDefinition(const OneSlot& slot, const SlotStatistics& statistics)
{
    const auto n = static_cast<double>(slot.values.size());
    double mean = 0;
    for (const float value : slot.values)
        mean += value / n;
    double m2 = 0;
    double m4 = 0;
    for (const float value : slot.values) {
        m2 += std::pow(value - mean, 2);
        m4 += std::pow(value - mean, 4);
    }
    const double sd = std::sqrt(m2 / n);
    const auto [low, high] = std::minmax_element(slot.values.begin(), slot.values.end());
    const auto share = [&](auto&& holds) {
        return static_cast<double>(std::count_if(slot.values.begin(), slot.values.end(), holds)) /
               n;
    };
    const Moments& moments = statistics.moments;
    QCOMPARE(moments.count, static_cast<uint64_t>(slot.values.size()));
    QVERIFY(close(moments.mean, mean, 1e-8));
    QVERIFY(close(moments.standardDeviation(), sd));
    QVERIFY(close(moments.kurtosis(), m4 * n / m2 / m2));
    QCOMPARE(moments.minimum, static_cast<double>(*low));
    QCOMPARE(moments.maximum, static_cast<double>(*high));
    QCOMPARE(static_cast<double>(moments.zeros) / n, share([](float v) { return v == 0; }));
    const double outliers = share([&](float v) { return std::abs(v - mean) > 6 * sd; });
    QVERIFY(outliers > 0);
    QCOMPARE(statistics.outlierShare, outliers);

    std::vector<uint64_t> counts(kHistogramBins);
    for (const float value : slot.values) {
        const double place =
            (value - moments.minimum) * (kHistogramBins / (moments.maximum - moments.minimum));
        ++counts[static_cast<size_t>(std::min(place, kHistogramBins - 1.0))];
    }
    QCOMPARE(statistics.histogram.counts, counts);
}

void checkChannels(const OneSlot& slot, const SlotStatistics& statistics)
{
    const Slot& shape = slot.model.graph.slots.front();
    QCOMPARE(static_cast<int64_t>(statistics.rowMinimum.size()), shape.rows);
    QCOMPARE(static_cast<int64_t>(statistics.columnMaximum.size()), shape.columns);
    for (int64_t r = 0; r < shape.rows; ++r) {
        const auto row = slot.values.begin() + r * shape.columns;
        const auto [low, high] = std::minmax_element(row, row + shape.columns);
        QCOMPARE(statistics.rowMinimum[static_cast<size_t>(r)], *low);
        QCOMPARE(statistics.rowMaximum[static_cast<size_t>(r)], *high);
    }
    for (int64_t c = 0; c < shape.columns; ++c) {
        float low = slot.values[static_cast<size_t>(c)];
        float high = low;
        for (int64_t r = 0; r < shape.rows; ++r) {
            low = std::min(low, slot.values[static_cast<size_t>(r * shape.columns + c)]);
            high = std::max(high, slot.values[static_cast<size_t>(r * shape.columns + c)]);
        }
        QCOMPARE(statistics.columnMinimum[static_cast<size_t>(c)], low);
        QCOMPARE(statistics.columnMaximum[static_cast<size_t>(c)], high);
    }
}

} // namespace

class TestStatistics : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void momentsByHand()
    {
        const std::vector<float> values{2, 4, 4, 4, 5, 5, 7, 9};
        Moments moments;
        moments.add(values.data(), 8);
        QCOMPARE(moments.mean, 5.0);
        QCOMPARE(moments.standardDeviation(), 2.0);
        QCOMPARE(moments.kurtosis(), 356.0 * 8 / (32 * 32));
        QCOMPARE(moments.m3, -27.0 - 3 + 8 + 64);
        QCOMPARE(moments.minimum, 2.0);
        QCOMPARE(moments.maximum, 9.0);
    }

    void aFarAwayMeanCostsNoDigits()
    {
        std::vector<float> values(100000);
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = 1e6F + static_cast<float>(randomBits(5, i) % 16) / 16;
        std::vector<float> near = values;
        for (float& value : near)
            value -= 1e6F;
        Moments far;
        far.add(values.data(), static_cast<int64_t>(values.size()));
        Moments close0;
        close0.add(near.data(), static_cast<int64_t>(near.size()));
        QVERIFY(close(far.m2, close0.m2, 1e-9));
        QVERIFY(close(far.kurtosis(), close0.kurtosis(), 1e-9));
    }

    void mergingPartsEqualsTheWhole()
    {
        std::vector<float> values(30000);
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = OneSlot::weight(i) + (i > 20000 ? 3.0F : 0.0F);
        Moments whole;
        whole.add(values.data(), 30000);
        for (const int64_t cut : {1, 777, 20000, 29999}) {
            Moments left;
            left.add(values.data(), cut);
            Moments right;
            right.add(values.data() + cut, 30000 - cut);
            left.merge(right);
            QCOMPARE(left.count, whole.count);
            QCOMPARE(left.zeros, whole.zeros);
            QVERIFY(close(left.mean, whole.mean));
            QVERIFY(close(left.m2, whole.m2));
            QVERIFY(close(left.m3, whole.m3));
            QVERIFY(close(left.m4, whole.m4));
        }
        Moments empty;
        empty.merge(whole);
        QCOMPARE(empty.m4, whole.m4);
        whole.merge(Moments());
        QCOMPARE(empty.m4, whole.m4);
    }

    void slotStatisticsFollowTheirDefinition_data()
    {
        QTest::addColumn<std::string>("scheme");
        for (const char* scheme : {"f32", "f16", "bf16"})
            QTest::newRow(scheme) << std::string(scheme);
    }
    void slotStatisticsFollowTheirDefinition()
    {
        QFETCH(std::string, scheme);
        const OneSlot slot(scheme, 613, 172);
        Progress progress;
        const SlotStatistics statistics = slotStatistics(slot.model, 0, progress);
        QVERIFY(statistics.complete);
        checkAgainstDefinition(slot, statistics);
        checkChannels(slot, statistics);
    }

    void storedRowOrderIsUndone_data() { slotStatisticsFollowTheirDefinition_data(); }
    void storedRowOrderIsUndone()
    {
        QFETCH(std::string, scheme);
        const OneSlot slot(scheme, 6, 300, {4, 1, 0, 5, 2, 3});
        Progress progress;
        checkChannels(slot, slotStatistics(slot.model, 0, progress));
    }

    void threadsDoNotChangeABit_data() { slotStatisticsFollowTheirDefinition_data(); }
    void threadsDoNotChangeABit()
    {
        QFETCH(std::string, scheme);
        const OneSlot slot(scheme, 2000, 257);
        Progress progress;
        const SlotStatistics one = slotStatistics(slot.model, 0, progress, 1);
        for (const int threads : {2, 3, 7}) {
            const SlotStatistics many = slotStatistics(slot.model, 0, progress, threads);
            QCOMPARE(std::memcmp(&one.moments, &many.moments, sizeof(Moments)), 0);
            QCOMPARE(many.outlierShare, one.outlierShare);
            QCOMPARE(many.histogram.counts, one.histogram.counts);
            QCOMPARE(many.rowMinimum, one.rowMinimum);
            QCOMPARE(many.columnMaximum, one.columnMaximum);
        }
    }

    void numbersThatAreNotFiniteAreLeftOut_data() { slotStatisticsFollowTheirDefinition_data(); }
    void numbersThatAreNotFiniteAreLeftOut()
    {
        QFETCH(std::string, scheme);
        OneSlot slot(scheme, 4, 50);
        const size_t size = scheme == "f32" ? 4 : 2;
        OneSlot::store(scheme, slot.bytes.data() + 1 + 3 * size,
                       std::numeric_limits<float>::quiet_NaN());
        OneSlot::store(scheme, slot.bytes.data() + 1 + 70 * size,
                       std::numeric_limits<float>::infinity());
        Progress progress;
        const SlotStatistics statistics = slotStatistics(slot.model, 0, progress);
        QCOMPARE(statistics.moments.count, uint64_t{198});
        QCOMPARE(statistics.moments.nans, uint64_t{1});
        QCOMPARE(statistics.moments.infinities, uint64_t{1});
        for (const auto* range : {&statistics.rowMinimum, &statistics.rowMaximum,
                                  &statistics.columnMinimum, &statistics.columnMaximum})
            QVERIFY(std::ranges::all_of(*range, [](float value) { return std::isfinite(value); }));
        QVERIFY(std::isfinite(statistics.moments.kurtosis()));
        QVERIFY(std::isfinite(statistics.histogram.high));
        QCOMPARE(std::accumulate(statistics.histogram.counts.begin(),
                                 statistics.histogram.counts.end(), uint64_t{0}),
                 uint64_t{198});
    }

    void aStopIsReported_data() { slotStatisticsFollowTheirDefinition_data(); }
    void aStopIsReported()
    {
        QFETCH(std::string, scheme);
        const OneSlot slot(scheme, 3000, 257);
        StopAfter progress(1);
        const SlotStatistics statistics = slotStatistics(slot.model, 0, progress, 1);
        QVERIFY(!statistics.complete);
        QVERIFY(statistics.moments.count > 0);
        QVERIFY(statistics.moments.count < 3000 * 257);
    }

    void aTypeWithoutASchemeIsNamed()
    {
        OneSlot slot("f32", 2, 2);
        slot.model.checkpoint.tensors.front().scheme = nullptr;
        slot.model.checkpoint.tensors.front().type = "I64";
        Progress progress;
        const QString said = refusal([&] { slotStatistics(slot.model, 0, progress); });
        QVERIFY2(said.contains("I64"), qPrintable(said));
    }

    void growingHistogramsAreExact()
    {
        GrowingHistogram growing;
        const std::vector<float> zeros(10);
        growing.add(zeros.data(), 10);
        std::vector<float> all = zeros;
        for (int scale = 1; scale < 300; scale *= 5) {
            std::vector<float> values(500);
            for (size_t i = 0; i < values.size(); ++i)
                values[i] = static_cast<float>(scale) * OneSlot::weight(i);
            growing.add(values.data(), 500);
            all.insert(all.end(), values.begin(), values.end());
        }
        const auto [low, high] = std::minmax_element(all.begin(), all.end());
        const Histogram histogram = growing.over(*low, *high);
        QVERIFY(histogram.low <= *low);
        QVERIFY(histogram.high >= *high);
        const double width =
            (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
        std::vector<uint64_t> counts(histogram.counts.size());
        for (const float value : all)
            ++counts[static_cast<size_t>((value - histogram.low) / width)];
        QCOMPARE(histogram.counts, counts);
        QVERIFY(counts.size() > kHistogramBins / 4);
    }
};

QTEST_APPLESS_MAIN(TestStatistics)
#include "tst_statistics.moc"
