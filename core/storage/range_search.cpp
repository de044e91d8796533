// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/range_search.h"

#include "core/storage/half.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr uint16_t kSmallestHalf = 1; // 2^-24
constexpr uint16_t kHalfMagnitude = 0x7FFF;
constexpr int kRefinements = 3;

Line stored(Line line, Precision precision)
{
    if (precision == Precision::Float)
        return line;
    return {halfToFloat(storedScale(line.scale)), halfToFloat(storedHalf(line.bias))};
}

/// A scale that can be divided by without leaving float's normal range.
bool usable(float scale)
{
    return std::isnormal(scale) && std::isnormal(1.0F / scale);
}

/// Keeps the best of the lines shown to it.
class BestLine {
public:
    BestLine(std::span<const float> group, const CodeRange& codes, Precision precision, Line start)
        : m_group(group)
        , m_codes(codes)
        , m_precision(precision)
        , m_line(stored(start, precision))
        , m_error(squaredError(group, m_line, codes))
    {
    }
    bool offer(Line line)
    {
        line = stored(line, m_precision);
        if ((line.scale != 0 && !usable(line.scale)) ||
            (line.scale == m_line.scale && line.bias == m_line.bias))
            return false;
        const double error = squaredError(m_group, line, m_codes);
        if (!(error < m_error))
            return false;
        m_line = line;
        m_error = error;
        return true;
    }
    Line line() const { return m_line; }

private:
    std::span<const float> m_group;
    CodeRange m_codes;
    Precision m_precision;
    Line m_line;
    double m_error;
};

/// The constant with the least squared error.
float meanOf(std::span<const float> group)
{
    double sum = 0;
    for (const float value : group)
        sum += value;
    return group.empty() ? 0.0F : static_cast<float>(sum / static_cast<double>(group.size()));
}

/// Least squares over the codes of `line`; bias capped at 0 where asked.
Line solveLine(const CodeMoments& m, bool nonPositiveBias)
{
    const double determinant = m.count * m.qq - m.q * m.q;
    const double scale = (m.count * m.xq - m.x * m.q) / determinant;
    const double bias = (m.qq * m.x - m.q * m.xq) / determinant;
    if (determinant > 0 && scale > 0 && !(nonPositiveBias && bias > 0))
        return {static_cast<float>(scale), static_cast<float>(bias)};
    return {m.qq > 0 ? static_cast<float>(m.xq / m.qq) : 0.0F, 0.0F};
}

} // namespace

float shrinkStep(const CodeRange& codes)
{
    const int levels = codes.count();
    if (levels <= 4)
        return 0.92F;
    if (levels <= 8)
        return 0.94F;
    if (levels <= 16)
        return 0.955F;
    return levels <= 64 ? 0.97F : 0.98F;
}

uint16_t storedHalf(float value)
{
    const float largest = halfToFloat(kLargestHalf);
    return floatToHalf(std::clamp(value, -largest, largest));
}

uint16_t storedScale(float scale)
{
    const uint16_t half = storedHalf(scale);
    const bool lost = scale != 0 && (half & kHalfMagnitude) == 0;
    return lost ? static_cast<uint16_t>(half | kSmallestHalf) : half;
}

float signedExtreme(std::span<const float> values)
{
    const auto [low, high] = extremes(values);
    return high >= -low ? high : low;
}

std::pair<float, float> extremes(std::span<const float> values)
{
    float low = 0;
    float high = 0;
    for (const float value : values) {
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    return {low, high};
}

float searchScale(std::span<const float> group, const CodeRange& codes, float start,
                  bool eitherSign, Precision precision)
{
    BestLine best(group, codes, precision, {start, 0});
    const float step = shrinkStep(codes);
    const float mirrored = start * codes.bottom() / codes.top();
    float shrink = 1;
    for (int candidate = 0; candidate < kRangeCandidates; ++candidate, shrink *= step) {
        best.offer({start * shrink, 0});
        if (eitherSign)
            best.offer({mirrored * shrink, 0});
    }
    for (int round = 0; round < kRefinements && best.line().scale != 0; ++round) {
        const CodeMoments moments = codeMoments(group, best.line(), codes);
        if (moments.qq <= 0 || !best.offer({static_cast<float>(moments.xq / moments.qq), 0}))
            break;
    }
    return best.line().scale;
}

Line searchLine(std::span<const float> group, int highest, Line start, bool nonPositiveBias,
                Precision precision)
{
    const CodeRange codes{0, highest};
    BestLine best(group, codes, precision, start);
    best.offer({0, 0});
    if (const float mean = meanOf(group); !(nonPositiveBias && mean > 0))
        best.offer({0, mean});
    const float step = shrinkStep(codes);
    const float range = start.scale * static_cast<float>(highest);
    float shrink = 1;
    for (int candidate = 0; candidate < kRangeCandidates; ++candidate, shrink *= step) {
        const Line line{start.scale * shrink, start.bias + 0.5F * range * (1 - shrink)};
        if (!usable(line.scale))
            break;
        best.offer(solveLine(codeMoments(group, line, codes), nonPositiveBias));
    }
    for (int round = 0; round < kRefinements && usable(best.line().scale); ++round)
        if (!best.offer(solveLine(codeMoments(group, best.line(), codes), nonPositiveBias)))
            break;
    return best.line();
}

} // namespace bitloom
