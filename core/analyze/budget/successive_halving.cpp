// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/successive_halving.h"

#include "core/analyze/numerics/finite_figures.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace bitloom {

namespace {

/// On fewer, chance decides.
constexpr size_t kFewestInRound = 8;

/// How many examples have been seen at the end of each round.
std::vector<size_t> rounds(size_t candidates, size_t examples)
{
    std::vector<size_t> ends;
    for (int halvings = std::bit_width(candidates - 1) - 1; halvings > 0; --halvings)
        if (examples >> halvings >= kFewestInRound)
            ends.push_back(examples >> halvings);
    ends.push_back(examples);
    return ends;
}

class SuccessiveHalving {
public:
    SuccessiveHalving(size_t candidates, const MeasureCandidate& measure)
        : m_measure(measure)
        , m_seen(candidates)
        , m_running(candidates)
    {
        std::iota(m_running.begin(), m_running.end(), size_t{0});
    }
    /// Everybody still running sees the examples up to `end`. False: stopped.
    bool runTo(size_t end)
    {
        for (const size_t candidate : m_running) {
            std::vector<BlockSum>& seen = m_seen[candidate];
            const std::vector<BlockSum> more = m_measure(candidate, seen.size(), end);
            requireFinite("a recipe", more, "fit");
            seen.insert(seen.end(), more.begin(), more.end());
            if (seen.size() < end)
                return false;
        }
        return true;
    }
    void halve()
    {
        std::sort(m_running.begin() + 1, m_running.end(),
                  [this](size_t a, size_t b) { return mean(a) < mean(b); });
        m_running.resize(std::max<size_t>(2, (m_running.size() + 1) / 2));
    }
    HalvingResult result() const
    {
        const size_t best =
            *std::ranges::min_element(m_running, {}, [this](size_t c) { return mean(c); });
        return {best, pairedDifference(m_seen[0], m_seen[best]), true};
    }

private:
    double mean(size_t candidate) const { return blockMean(m_seen[candidate]).value; }

    const MeasureCandidate& m_measure;
    std::vector<std::vector<BlockSum>> m_seen; ///< by candidate
    std::vector<size_t> m_running;             ///< candidate 0 in front
};

} // namespace

HalvingResult halveSuccessively(size_t candidates, size_t examples, const MeasureCandidate& measure)
{
    if (candidates < 2)
        return {};
    SuccessiveHalving field(candidates, measure);
    const std::vector<size_t> ends = rounds(candidates, examples);
    for (const size_t end : ends) {
        if (!field.runTo(end))
            return {0, {}, false};
        if (end != ends.back())
            field.halve();
    }
    return field.result();
}

} // namespace bitloom
