// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/statistics/statistics.h"

#include "core/analyze/statistics/binning.h"
#include "core/analyze/statistics/half_statistics.h"
#include "core/analyze/statistics/wide.h"
#include "core/base/error.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace bitloom {
namespace {

/// Fixed, so that sums are the same whatever the thread count; small enough for the second cache.
constexpr int64_t kBlockWeights = int64_t{1} << 16;

/// Rows of a tensor as floats, without a copy where the file holds aligned floats in order.
class RowBlocks {
public:
    explicit RowBlocks(const StoredTensor& tensor)
        : m_tensor(tensor)
        , m_rows(std::max<int64_t>(1, kBlockWeights / std::max<int64_t>(1, tensor.columns())))
        , m_direct(tensor.scheme && tensor.scheme->id() == "f32" && tensor.rowsAsStored() &&
                   reinterpret_cast<uintptr_t>(tensor.bytes.data()) % alignof(float) == 0)
    {
    }
    int64_t count() const { return (m_tensor.rows() + m_rows - 1) / m_rows; }
    int64_t firstRow(int64_t block) const { return block * m_rows; }

    template <typename Visit>
    void visit(int64_t block, const Visit& see) const
    {
        const int64_t first = firstRow(block);
        const int64_t rows = std::min(m_rows, m_tensor.rows() - first);
        if (!m_direct) {
            const Matrix copy = m_tensor.readRows(first, rows);
            see(copy.view());
            return;
        }
        const auto* values = reinterpret_cast<const float*>(m_tensor.bytes.data());
        see(MatrixView{values + first * m_tensor.columns(), rows, m_tensor.columns()});
        if (m_tensor.file)
            m_tensor.file->check();
    }

private:
    const StoredTensor& m_tensor;
    int64_t m_rows;
    bool m_direct;
};

struct Widen {
    [[gnu::always_inline]] static void run(const float* lower, const float* upper, size_t n,
                                           float* __restrict lows, float* __restrict highs)
    {
        for (size_t i = 0; i < n; ++i) {
            lows[i] = lower[i] < lows[i] ? lower[i] : lows[i];
            highs[i] = upper[i] > highs[i] ? upper[i] : highs[i];
        }
    }
};

struct ColumnRange {
    explicit ColumnRange(int64_t columns)
        : low(static_cast<size_t>(columns), std::numeric_limits<float>::infinity())
        , high(static_cast<size_t>(columns), -std::numeric_limits<float>::infinity())
    {
    }
    void add(std::span<const float> row) { widen(row.data(), row.data()); }
    void merge(const ColumnRange& other) { widen(other.low.data(), other.high.data()); }
    std::vector<float> low;
    std::vector<float> high;

private:
    void widen(const float* lower, const float* upper)
    {
        runWide<Widen>(lower, upper, low.size(), low.data(), high.data());
    }
};

struct Range {
    float low;
    float high;
};

struct FindRange {
    [[gnu::always_inline]] static void run(const float* row, int64_t n, Range* range)
    {
        FourFloats lows = std::numeric_limits<float>::infinity() - FourFloats{};
        FourFloats highs = -lows;
        int64_t i = 0;
        for (; i + kLanes <= n; i += kLanes) {
            FourFloats lanes;
            load(lanes, row + i);
            lows = lanes < lows ? lanes : lows;
            highs = lanes > highs ? lanes : highs;
        }
        *range = {lows[0], highs[0]};
        for (int lane = 1; lane < kLanes; ++lane) {
            range->low = std::min(range->low, lows[lane]);
            range->high = std::max(range->high, highs[lane]);
        }
        for (; i < n; ++i) {
            range->low = std::min(range->low, row[i]);
            range->high = std::max(range->high, row[i]);
        }
    }
};

int64_t addExtremes(SlotStatistics& statistics, const RowBlocks& blocks, const StoredTensor& tensor,
                    int threads, Progress& progress)
{
    statistics.rowMinimum.assign(static_cast<size_t>(tensor.rows()), 0);
    statistics.rowMaximum = statistics.rowMinimum;
    std::vector<Moments> parts(static_cast<size_t>(blocks.count()));
    std::vector<ColumnRange> columns(static_cast<size_t>(threads), ColumnRange(tensor.columns()));
    const auto addBlock = [&](int64_t block, int worker) {
        blocks.visit(block, [&](MatrixView rows) {
            parts[static_cast<size_t>(block)].add(rows.data, rows.size());
            for (int64_t r = 0; r < rows.rows; ++r) {
                columns[static_cast<size_t>(worker)].add(rows.row(r));
                Range range{};
                runWide<FindRange>(rows.row(r).data(), rows.columns, &range);
                const auto row = static_cast<size_t>(blocks.firstRow(block) + r);
                statistics.rowMinimum[row] = range.low;
                statistics.rowMaximum[row] = range.high;
            }
        });
    };
    const int64_t left = parallelFor(blocks.count(), threads, progress, "extremes", addBlock);
    for (const Moments& part : parts)
        statistics.moments.merge(part);
    ColumnRange whole(tensor.columns());
    for (const ColumnRange& part : columns)
        whole.merge(part);
    statistics.columnMinimum = std::move(whole.low);
    statistics.columnMaximum = std::move(whole.high);
    return left;
}

struct FindBins {
    [[gnu::always_inline]] static void run(const float* values, size_t n, const Binning* binning,
                                           int32_t* __restrict bins)
    {
        const Binning local = *binning;
        for (size_t i = 0; i < n; ++i)
            bins[i] = local.binInside(static_cast<double>(values[i]));
    }
};

/// Counts of one thread. Neighbours go to different tables, so that equal weights in a row do not
/// wait for each other.
class BinCounter {
public:
    BinCounter()
        : m_counts(kTables * kHistogramBins)
    {
    }
    void add(std::span<const float> values, const Binning& binning)
    {
        std::array<int32_t, kChunk> bins;
        uint64_t* counts = m_counts.data();
        for (size_t from = 0; from < values.size(); from += kChunk) {
            const auto chunk = values.subspan(from, std::min(kChunk, values.size() - from));
            runWide<FindBins>(chunk.data(), chunk.size(), &binning, bins.data());
            for (size_t i = 0; i < chunk.size(); ++i)
                ++counts[i % kTables * kHistogramBins + static_cast<size_t>(bins[i])];
        }
    }
    void addOutliers(std::span<const float> values, const OutlierBand& band)
    {
        m_outliers +=
            static_cast<uint64_t>(std::count_if(values.begin(), values.end(), [&](float value) {
                return std::isfinite(value) && band.excludes(value);
            }));
    }
    void finish(Histogram& histogram, uint64_t& outliers) const
    {
        for (size_t i = 0; i < m_counts.size(); ++i)
            histogram.counts[i % kHistogramBins] += m_counts[i];
        outliers += m_outliers;
    }

private:
    static constexpr size_t kTables = 4;
    static constexpr size_t kChunk = 1024;
    std::vector<uint64_t> m_counts;
    uint64_t m_outliers = 0;
};

int64_t addShape(SlotStatistics& statistics, const RowBlocks& blocks, bool allFinite, int threads,
                 Progress& progress)
{
    const Moments& moments = statistics.moments;
    statistics.histogram = {moments.minimum, moments.maximum,
                            std::vector<uint64_t>(kHistogramBins)};
    const Binning binning(moments.minimum, moments.maximum);
    const OutlierBand band(moments);
    std::vector<BinCounter> counters(static_cast<size_t>(threads));
    const auto addBlock = [&](int64_t block, int worker) {
        blocks.visit(block, [&](MatrixView rows) {
            std::span<const float> values(rows.data, static_cast<size_t>(rows.size()));
            std::vector<float> finite;
            if (!allFinite) {
                std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
                             [](float value) { return std::isfinite(value); });
                values = finite;
            }
            BinCounter& counter = counters[static_cast<size_t>(worker)];
            counter.add(values, binning);
            // The rows' extremes tell which few of them are worth a look for outliers.
            for (int64_t r = 0; r < rows.rows; ++r) {
                const auto row = static_cast<size_t>(blocks.firstRow(block) + r);
                if (band.excludes(statistics.rowMinimum[row]) ||
                    band.excludes(statistics.rowMaximum[row]))
                    counter.addOutliers(rows.row(r), band);
            }
        });
    };
    const int64_t left = parallelFor(blocks.count(), threads, progress, "histogram", addBlock);
    uint64_t outliers = 0;
    for (const BinCounter& counter : counters)
        counter.finish(statistics.histogram, outliers);
    if (moments.count)
        statistics.outlierShare =
            static_cast<double>(outliers) / static_cast<double>(moments.count);
    return left;
}

SlotStatistics floatStatistics(const StoredTensor& tensor, int threads, Progress& progress)
{
    const RowBlocks blocks(tensor);
    SlotStatistics statistics;
    ProgressSpan first(progress, 0, 0.6);
    const int64_t unseen = addExtremes(statistics, blocks, tensor, threads, first);
    const bool allFinite =
        statistics.moments.count == static_cast<uint64_t>(tensor.rows() * tensor.columns());
    ProgressSpan second(progress, 0.6, 1);
    const int64_t uncounted = addShape(statistics, blocks, allFinite, threads, second);
    statistics.complete = unseen == 0 && uncounted == 0;
    return statistics;
}

/// The range of so many channels over the finite numbers they hold; of none 0…0.
class FiniteRanges {
public:
    explicit FiniteRanges(int64_t channels)
        : m_low(static_cast<size_t>(channels), std::numeric_limits<float>::infinity())
        , m_high(static_cast<size_t>(channels), -std::numeric_limits<float>::infinity())
    {
    }
    void add(int64_t channel, float value)
    {
        const auto at = static_cast<size_t>(channel);
        m_low[at] = std::min(m_low[at], value);
        m_high[at] = std::max(m_high[at], value);
    }
    void finish(std::vector<float>& low, std::vector<float>& high)
    {
        for (size_t i = 0; i < m_low.size(); ++i)
            if (m_low[i] > m_high[i])
                m_low[i] = m_high[i] = 0;
        low = std::move(m_low);
        high = std::move(m_high);
    }

private:
    std::vector<float> m_low;
    std::vector<float> m_high;
};

/// Once more, number by number: the fast way does not tell finite numbers from others.
void findFiniteRanges(const StoredTensor& tensor, SlotStatistics& statistics)
{
    const RowBlocks blocks(tensor);
    FiniteRanges ofRows(tensor.rows());
    FiniteRanges ofColumns(tensor.columns());
    for (int64_t block = 0; block < blocks.count(); ++block)
        blocks.visit(block, [&](MatrixView rows) {
            for (int64_t i = 0; i < rows.size(); ++i)
                if (std::isfinite(rows.data[i])) {
                    ofRows.add(blocks.firstRow(block) + i / rows.columns, rows.data[i]);
                    ofColumns.add(i % rows.columns, rows.data[i]);
                }
        });
    ofRows.finish(statistics.rowMinimum, statistics.rowMaximum);
    ofColumns.finish(statistics.columnMinimum, statistics.columnMaximum);
}

} // namespace

SlotStatistics slotStatistics(const Model& model, int slot, Progress& progress, int threads)
{
    const StoredTensor tensor = model.tensorOf(model.graph.slots.at(static_cast<size_t>(slot)));
    if (!tensor.scheme)
        throw Error("statistics", "tensor " + tensor.name + " holds " + tensor.type +
                                      " numbers, which cannot be read as weights");
    if (elementCount(tensor.shape) == 0)
        throw Error("statistics", "tensor " + tensor.name + " is empty");
    threads = threads > 0 ? threads : defaultThreads();
    SlotStatistics statistics = hasHalfPatterns(tensor)
                                    ? halfStatistics(tensor, threads, progress)
                                    : floatStatistics(tensor, threads, progress);
    if (statistics.moments.notFinite() > 0)
        findFiniteRanges(tensor, statistics);
    return statistics;
}

} // namespace bitloom
