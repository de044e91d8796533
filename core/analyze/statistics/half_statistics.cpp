// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/statistics/half_statistics.h"

#include "core/analyze/statistics/binning.h"
#include "core/analyze/statistics/wide.h"
#include "core/base/error.h"
#include "core/base/parallel.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace bitloom {
namespace {

constexpr size_t kPatterns = 65536;
constexpr int64_t kCountedAtOnce = int64_t{1} << 18;
constexpr int64_t kCodesAtOnce = 4096;

/// 16-bit floats in an order that integer comparison understands; its own inverse.
[[gnu::always_inline]] inline int16_t orderKey(uint16_t bits)
{
    const auto key = static_cast<int16_t>(bits);
    return static_cast<int16_t>(key ^ ((key >> 15) & 0x7FFF));
}

using Counts = std::vector<uint64_t>;

struct KeyRange {
    int16_t low = std::numeric_limits<int16_t>::max();
    int16_t high = std::numeric_limits<int16_t>::min();
};

struct WidenKeys {
    [[gnu::always_inline]] static void run(const uint16_t* bits, int64_t n, int16_t* __restrict low,
                                           int16_t* __restrict high, KeyRange* range)
    {
        int16_t lowest = range->low;
        int16_t highest = range->high;
        for (int64_t i = 0; i < n; ++i) {
            const int16_t key = orderKey(bits[i]);
            low[i] = key < low[i] ? key : low[i];
            high[i] = key > high[i] ? key : high[i];
            lowest = key < lowest ? key : lowest;
            highest = key > highest ? key : highest;
        }
        *range = {lowest, highest};
    }
};

/// What one thread gathers. 32-bit counters fit the second cache; they are emptied before they can
/// overflow.
class PatternCounter {
public:
    explicit PatternCounter(int64_t columns)
        : m_low(static_cast<size_t>(columns), KeyRange().low)
        , m_high(static_cast<size_t>(columns), KeyRange().high)
        , m_recent(kPatterns)
        , m_counts(kPatterns)
    {
    }
    KeyRange addRow(std::span<const std::byte> row);
    /// Adds what was gathered to the whole.
    void finish(Counts& counts, std::vector<int16_t>& low, std::vector<int16_t>& high);

private:
    void addChunk(const uint16_t* bits, int64_t n, int64_t column, KeyRange& range);
    void flush();

    std::vector<int16_t> m_low;
    std::vector<int16_t> m_high;
    std::vector<uint32_t> m_recent;
    Counts m_counts;
    uint64_t m_unflushed = 0;
};

KeyRange PatternCounter::addRow(std::span<const std::byte> row)
{
    // Copied to the stack because a mapped file promises no alignment.
    std::array<uint16_t, kCodesAtOnce> chunk;
    KeyRange range;
    const auto columns = static_cast<int64_t>(row.size() / sizeof(uint16_t));
    for (int64_t column = 0; column < columns; column += kCodesAtOnce) {
        const int64_t n = std::min(kCodesAtOnce, columns - column);
        std::memcpy(chunk.data(), row.data() + column * 2, static_cast<size_t>(n) * 2);
        addChunk(chunk.data(), n, column, range);
    }
    return range;
}

void PatternCounter::addChunk(const uint16_t* bits, int64_t n, int64_t column, KeyRange& range)
{
    runWide<WidenKeys>(bits, n, m_low.data() + column, m_high.data() + column, &range);
    uint32_t* counts = m_recent.data();
    for (int64_t i = 0; i < n; ++i)
        ++counts[bits[i]];
    m_unflushed += static_cast<uint64_t>(n);
    if (m_unflushed > std::numeric_limits<int32_t>::max())
        flush();
}

void PatternCounter::flush()
{
    for (size_t i = 0; i < kPatterns; ++i)
        m_counts[i] += m_recent[i];
    std::fill(m_recent.begin(), m_recent.end(), 0);
    m_unflushed = 0;
}

void PatternCounter::finish(Counts& counts, std::vector<int16_t>& low, std::vector<int16_t>& high)
{
    flush();
    for (size_t i = 0; i < kPatterns; ++i)
        counts[i] += m_counts[i];
    for (size_t i = 0; i < low.size(); ++i) {
        low[i] = std::min(low[i], m_low[i]);
        high[i] = std::max(high[i], m_high[i]);
    }
}

/// What each of the patterns stands for.
using Values = std::vector<float>;

Values valuesOf(const Scheme& scheme)
{
    std::vector<uint16_t> patterns(kPatterns);
    std::iota(patterns.begin(), patterns.end(), uint16_t{0});
    Values values(kPatterns);
    scheme.decode({}, std::as_bytes(std::span(patterns)), 1, int64_t{kPatterns}, values);
    return values;
}

/// Of the numbers that are not finite.
void countNotFinite(const Counts& counts, const Values& values, Moments& moments)
{
    for (size_t bits = 0; bits < kPatterns; ++bits) {
        const float value = values[bits];
        if (std::isnan(value))
            moments.nans += counts[bits];
        else if (std::isinf(value))
            moments.infinities += counts[bits];
    }
}

/// Calls `visit(value, count)` for every finite value that occurs.
template <typename Visit>
void forEachValue(const Counts& counts, const Values& values, const Visit& visit)
{
    for (size_t bits = 0; bits < kPatterns; ++bits) {
        if (counts[bits] == 0)
            continue;
        const double value = values[bits];
        if (std::isfinite(value))
            visit(value, counts[bits]);
    }
}

Moments momentsOf(const Counts& counts, const Values& values)
{
    Moments moments;
    countNotFinite(counts, values, moments);
    double sum = 0;
    moments.minimum = std::numeric_limits<double>::infinity();
    moments.maximum = -moments.minimum;
    forEachValue(counts, values, [&](double value, uint64_t count) {
        moments.count += count;
        moments.zeros += value == 0 ? count : 0;
        moments.minimum = std::min(moments.minimum, value);
        moments.maximum = std::max(moments.maximum, value);
        sum += value * static_cast<double>(count);
    });
    if (moments.count == 0) {
        moments.minimum = moments.maximum = 0;
        return moments;
    }
    moments.mean = sum / static_cast<double>(moments.count);
    forEachValue(counts, values, [&](double value, uint64_t count) {
        const double d = value - moments.mean;
        const double weighted = d * d * static_cast<double>(count);
        moments.m2 += weighted;
        moments.m3 += weighted * d;
        moments.m4 += weighted * d * d;
    });
    return moments;
}

void addShapeOfCounts(SlotStatistics& statistics, const Counts& counts, const Values& values)
{
    const Moments& moments = statistics.moments;
    Histogram& histogram = statistics.histogram;
    histogram.low = moments.minimum;
    histogram.high = moments.maximum;
    histogram.counts.assign(kHistogramBins, 0);
    const Binning binning(histogram.low, histogram.high);
    const OutlierBand band(moments);
    uint64_t outliers = 0;
    forEachValue(counts, values, [&](double value, uint64_t count) {
        histogram.counts[static_cast<size_t>(binning.bin(value))] += count;
        outliers += band.excludes(value) ? count : 0;
    });
    if (moments.count)
        statistics.outlierShare =
            static_cast<double>(outliers) / static_cast<double>(moments.count);
}

std::vector<float> floats(const std::vector<int16_t>& keys, const Values& values)
{
    std::vector<float> result;
    for (const int16_t key : keys)
        result.push_back(values[static_cast<uint16_t>(orderKey(static_cast<uint16_t>(key)))]);
    return result;
}

} // namespace

bool hasHalfPatterns(const StoredTensor& tensor)
{
    return tensor.scheme && tensor.scheme->isPlain() && tensor.scheme->bits() == 16;
}

SlotStatistics halfStatistics(const StoredTensor& tensor, int threads, Progress& progress)
{
    const int64_t rows = tensor.rows();
    const int64_t columns = tensor.columns();
    const int64_t blockRows = std::max<int64_t>(1, kCountedAtOnce / std::max<int64_t>(1, columns));
    threads = threads > 0 ? threads : defaultThreads();
    std::vector<PatternCounter> counters(static_cast<size_t>(threads), PatternCounter(columns));
    std::vector<int16_t> rowLow(static_cast<size_t>(rows));
    std::vector<int16_t> rowHigh(static_cast<size_t>(rows));
    const auto addBlock = [&](int64_t block, int worker) {
        const int64_t first = block * blockRows;
        const PackedTensor held = tensor.packedRows(first, std::min(blockRows, rows - first));
        for (int64_t r = 0; r < held.rows; ++r) {
            const KeyRange range = counters[static_cast<size_t>(worker)].addRow(held.row(r));
            rowLow[static_cast<size_t>(first + r)] = range.low;
            rowHigh[static_cast<size_t>(first + r)] = range.high;
        }
    };
    const int64_t left = parallelFor((rows + blockRows - 1) / blockRows, threads, progress,
                                     "counting weights", addBlock);

    Counts counts(kPatterns);
    std::vector<int16_t> columnLow(static_cast<size_t>(columns), KeyRange().low);
    std::vector<int16_t> columnHigh(static_cast<size_t>(columns), KeyRange().high);
    for (PatternCounter& counter : counters)
        counter.finish(counts, columnLow, columnHigh);
    const Values values = valuesOf(*tensor.scheme);
    SlotStatistics statistics;
    statistics.complete = left == 0;
    statistics.moments = momentsOf(counts, values);
    addShapeOfCounts(statistics, counts, values);
    statistics.rowMinimum = floats(rowLow, values);
    statistics.rowMaximum = floats(rowHigh, values);
    statistics.columnMinimum = floats(columnLow, values);
    statistics.columnMaximum = floats(columnHigh, values);
    return statistics;
}

} // namespace bitloom
