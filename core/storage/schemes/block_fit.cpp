// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/half.h"
#include "core/storage/schemes/block_scheme.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitloom {

namespace {

constexpr size_t kMostGroups = 16;
constexpr int kRefits = 3;

CodeRange codeRange(const BlockForm& form)
{
    return {-form.offset, form.maxCode() - form.offset};
}

int8_t nearestSub(float value, float unit, int lowest, int highest)
{
    if (unit == 0)
        return 0;
    const float ratio =
        std::clamp(value / unit, static_cast<float>(lowest), static_cast<float>(highest));
    return static_cast<int8_t>(std::rint(ratio));
}

/// The line through the extremes of codes with a bias.
Line extremeLine(const BlockForm& form, std::span<const float> group, bool nonPositiveBias)
{
    const auto [least, greatest] = std::minmax_element(group.begin(), group.end());
    const float bias = nonPositiveBias ? std::min(*least, 0.0F) : *least;
    const auto levels = static_cast<float>(form.maxCode());
    return {std::max(*greatest / levels - bias / levels, 0.0F), bias};
}

/// The scale at which the largest magnitude meets the last code of the longer side, or of both
/// where the scale keeps its sign.
float extremeScale(const BlockForm& form, std::span<const float> group)
{
    const float extreme = signedExtreme(group);
    const CodeRange codes = codeRange(form);
    return form.eitherSign ? extreme / static_cast<float>(codes.lowest)
                           : std::abs(extreme) / static_cast<float>(codes.highest);
}

Line fitLine(const BlockForm& form, std::span<const float> group, RangeSearch search,
             Precision precision)
{
    const bool twoLevels = form.packSubs != nullptr;
    const bool exhaustive = search == RangeSearch::SquaredError;
    if (form.biasAt < 0) {
        const float start = extremeScale(form, group);
        return {exhaustive ? searchScale(group, codeRange(form), start, form.eitherSign, precision)
                           : start,
                0};
    }
    const Line start = extremeLine(form, group, twoLevels);
    return exhaustive ? searchLine(group, form.maxCode(), start, twoLevels, precision) : start;
}

/// The parameters of a two-level block: sub-scales and sub-biases are multiples of two halves.
struct SuperBlock {
    float scale = 0;
    float bias = 0; ///< counted positive; the form's sign applies
    std::array<int8_t, kMostGroups> subScale{};
    std::array<int8_t, kMostGroups> subBias{};

    Line line(size_t group, float biasSign) const
    {
        return {scale * static_cast<float>(subScale[group]),
                biasSign * (bias * static_cast<float>(subBias[group]))};
    }
};

/// Fits a two-level block: first each group by itself, then what can be stored of it.
class SuperBlockFit {
public:
    SuperBlockFit(const BlockForm& form, std::span<const float> values)
        : m_form(form)
        , m_codes(codeRange(form))
        , m_count(static_cast<size_t>(form.groups()))
    {
        const auto width = static_cast<size_t>(form.groupSize);
        for (size_t g = 0; g < m_count; ++g)
            m_groups[g] = values.subspan(g * width, width);
    }

    SuperBlock extremesOnly() const { return stored(lines(RangeSearch::Extremes)); }

    SuperBlock leastSquares() const
    {
        SuperBlock best = extremesOnly();
        double bestError = error(best);
        SuperBlock block = stored(lines(RangeSearch::SquaredError));
        for (int round = 0; round <= kRefits; ++round) {
            const double blockError = chooseSubs(block);
            if (!(blockError < bestError))
                break;
            best = block;
            bestError = blockError;
            refit(block);
        }
        return best;
    }

private:
    using Lines = std::array<Line, kMostGroups>;

    bool biased() const { return m_form.biasAt >= 0; }

    Lines lines(RangeSearch search) const
    {
        Lines result;
        for (size_t g = 0; g < m_count; ++g)
            result[g] = fitLine(m_form, m_groups[g], search, Precision::Float);
        return result;
    }

    SuperBlock stored(const Lines& groupLines) const
    {
        Line most;
        for (const Line& line : std::span(groupLines).first(m_count)) {
            if (std::abs(line.scale) > std::abs(most.scale))
                most.scale = line.scale;
            most.bias = std::min(most.bias, line.bias);
        }
        // The signed side of the sub-scales is one longer at the bottom, so the extreme goes there.
        const int extremeSub = biased() ? m_form.highestSub : m_form.lowestSub;
        SuperBlock block;
        block.scale = unitOf(most.scale / static_cast<float>(extremeSub));
        block.bias = unitOf(std::abs(most.bias) / static_cast<float>(m_form.highestSub));
        for (size_t g = 0; g < m_count; ++g) {
            block.subScale[g] =
                nearestSub(groupLines[g].scale, block.scale, m_form.lowestSub, m_form.highestSub);
            block.subBias[g] = nearestSub(-groupLines[g].bias, block.bias, 0, m_form.highestSub);
        }
        return block;
    }

    static float halfOf(float value) { return halfToFloat(storedHalf(value)); }
    /// The multiples can still tell groups apart when the unit is the smallest half, not when it
    /// is 0.
    static float unitOf(float value) { return halfToFloat(storedScale(value)); }

    double groupError(const SuperBlock& block, size_t g) const
    {
        return squaredError(m_groups[g], block.line(g, m_form.biasSign), m_codes);
    }

    double error(const SuperBlock& block) const
    {
        double total = 0;
        for (size_t g = 0; g < m_count; ++g)
            total += groupError(block, g);
        return total;
    }

    /// Tries the neighbours of every group's pair of multiples; returns the error of the block.
    double chooseSubs(SuperBlock& block) const
    {
        double total = 0;
        for (size_t g = 0; g < m_count; ++g)
            total += chooseSub(block, g);
        return total;
    }

    double chooseSub(SuperBlock& block, size_t g) const
    {
        const SuperBlock start = block;
        SuperBlock tried = block;
        double best = groupError(block, g);
        const auto offer = [&](int sub, int bias) {
            tried.subScale[g] = static_cast<int8_t>(sub);
            tried.subBias[g] = static_cast<int8_t>(bias);
            const double triedError = groupError(tried, g);
            if (triedError < best) {
                best = triedError;
                block.subScale[g] = tried.subScale[g];
                block.subBias[g] = tried.subBias[g];
            }
        };
        const int reach = biased() ? 1 : 0;
        for (int s = -1; s <= 1; ++s)
            for (int b = -reach; b <= reach; ++b) {
                const int sub = start.subScale[g] + s;
                const int bias = start.subBias[g] + b;
                if (sub < m_form.lowestSub || sub > m_form.highestSub || bias < 0 ||
                    bias > m_form.highestSub || (s == 0 && b == 0))
                    continue;
                offer(sub, bias);
            }
        offer(0, 0); // zeros, where even the neighbours are worse
        return best;
    }

    /// Least squares for the two halves with all multiples and codes held.
    void refit(SuperBlock& block) const
    {
        double ss = 0; // Σ w (sub·q)², and so on: the normal equations in (scale, bias)
        double sb = 0;
        double bb = 0;
        double xs = 0;
        double xb = 0;
        for (size_t g = 0; g < m_count; ++g) {
            const double sub = block.subScale[g];
            const double bias = static_cast<double>(m_form.biasSign) * block.subBias[g];
            if (const Line line = block.line(g, m_form.biasSign); line.scale != 0) {
                const CodeMoments m = codeMoments(m_groups[g], line, m_codes);
                ss += sub * sub * m.qq;
                sb += sub * bias * m.q;
                bb += bias * bias * m.count;
                xs += sub * m.xq;
                xb += bias * m.x;
            }
        }
        const double determinant = ss * bb - sb * sb;
        if (biased() && determinant > 0) {
            block.scale = halfOf(static_cast<float>((bb * xs - sb * xb) / determinant));
            block.bias = halfOf(static_cast<float>((ss * xb - sb * xs) / determinant));
        } else if (ss > 0) {
            block.scale = halfOf(static_cast<float>((xs - sb * block.bias) / ss));
        }
    }

    const BlockForm& m_form;
    CodeRange m_codes;
    size_t m_count;
    std::array<std::span<const float>, kMostGroups> m_groups;
};

void fitSuperBlock(const BlockForm& form, std::span<const float> values, RangeSearch search,
                   Grid& grid, size_t index)
{
    const SuperBlockFit fit(form, values);
    const SuperBlock block =
        search == RangeSearch::Extremes ? fit.extremesOnly() : fit.leastSquares();
    const auto groups = static_cast<size_t>(form.groups());
    grid.scale[index] = storedHalf(block.scale);
    std::copy_n(block.subScale.begin(), groups, grid.subScale.data() + index * groups);
    if (grid.bias.empty())
        return;
    grid.bias[index] = storedHalf(block.bias);
    std::copy_n(block.subBias.begin(), groups, grid.subBias.data() + index * groups);
}

} // namespace

void fitBlockForm(const BlockForm& form, std::span<const float> values, RangeSearch search,
                  Grid& grid, size_t index)
{
    if (form.packSubs != nullptr) {
        fitSuperBlock(form, values, search, grid, index);
        return;
    }
    const Line line = fitLine(form, values, search, Precision::Half);
    grid.scale[index] = storedScale(line.scale);
    if (!grid.bias.empty())
        grid.bias[index] = storedHalf(line.bias);
}

} // namespace bitloom
