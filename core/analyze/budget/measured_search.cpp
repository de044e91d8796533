// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/measured_search.h"

#include "core/analyze/budget/successive_halving.h"
#include "core/analyze/numerics/finite_figures.h"
#include "core/base/error.h"

#include <map>
#include <span>
#include <string>

namespace bitloom {

namespace {

using Items = std::vector<std::vector<BudgetOption>>;

constexpr size_t kFewestExamples = 32;

class Search {
public:
    Search(const Items& items, const BudgetChoice& start, const SearchBounds& bounds,
           const MeasureChoice& measure, const SearchSettings& settings, Progress& progress)
        : m_items(items)
        , m_start(start)
        , m_bounds(bounds)
        , m_measure(measure)
        , m_settings(settings)
        , m_progress(progress)
        , m_half(settings.examples / 2)
        , m_best(start)
    {
    }
    SearchResult run();

private:
    /// Sums over the first `to` examples of the search, no example twice.
    std::vector<BlockSum> seen(const BudgetChoice& choice, size_t from, size_t to);
    /// Everything measured so far, by its difference to the best, which has seen all examples: as
    /// if all had seen the same.
    std::vector<MeasuredChoice> measured() const;
    std::vector<BudgetChoice> candidates(int round);
    /// Whether something new won the round.
    bool runRound(int round);
    /// Holds the best against the start on the other half. False: stopped.
    bool evaluateBest();
    void tellTried();

    const Items& m_items;
    const BudgetChoice& m_start;
    const SearchBounds& m_bounds;
    const MeasureChoice& m_measure;
    const SearchSettings& m_settings;
    Progress& m_progress;
    size_t m_half;
    BudgetChoice m_best; ///< in the rounds
    std::vector<BlockSum> m_startVerdict;
    std::map<std::vector<int>, std::vector<BlockSum>> m_seen;
    SearchResult m_result;
};

std::vector<BlockSum> Search::seen(const BudgetChoice& choice, size_t from, size_t to)
{
    std::vector<BlockSum>& sums = m_seen[choice.option];
    if (sums.size() < to) {
        const std::vector<BlockSum> more = m_measure(choice, sums.size(), to);
        requireFinite("a recipe", more, "fit");
        sums.insert(sums.end(), more.begin(), more.end());
        m_progress.report(0, std::to_string(m_seen.size()) + " recipes measured");
    }
    if (sums.size() < to)
        return {};
    return {sums.begin() + static_cast<std::ptrdiff_t>(from),
            sums.begin() + static_cast<std::ptrdiff_t>(to)};
}

std::vector<BudgetChoice> Search::candidates(int round)
{
    const size_t wanted = m_settings.candidates - 1;
    const uint64_t seed = m_settings.seed + static_cast<uint64_t>(round);
    const IsKnown isKnown = [this](const auto& option) { return m_seen.contains(option); };
    const DamageFactors factors(m_items, measured());
    std::vector<BudgetChoice> field =
        round % 2 == 0 ? drawnOptima(factors, m_bounds, wanted, seed, isKnown)
                       : exchanges(factors.expected(), m_best, m_bounds, wanted, isKnown);
    field.insert(field.begin(), m_best);
    return field;
}

std::vector<MeasuredChoice> Search::measured() const
{
    std::vector<MeasuredChoice> all;
    const std::vector<BlockSum>& best = m_seen.at(m_best.option);
    const double whole = blockMean(best).value;
    for (const auto& [option, sums] : m_seen) {
        if (sums.empty())
            continue;
        const std::span<const BlockSum> same(best.data(), sums.size());
        const Estimate more = pairedDifference(sums, same);
        all.push_back({option, whole + more.value, more.standardError});
    }
    return all;
}

bool Search::runRound(int round)
{
    const std::vector<BudgetChoice> field = candidates(round);
    const HalvingResult found =
        halveSuccessively(field.size(), m_half, [&](size_t candidate, size_t from, size_t to) {
            return seen(field[candidate], from, to);
        });
    // What chance does as well is no reason to change.
    const bool isNew = found.saved.value > found.saved.standardError;
    if (isNew)
        m_best = choiceOf(m_items, field[found.winner].option);
    return isNew;
}

bool Search::evaluateBest()
{
    const auto verdict = [&](const BudgetChoice& choice) {
        std::vector<BlockSum> sums = m_measure(choice, m_half, m_settings.examples);
        requireFinite("a recipe", sums, "fit");
        return sums;
    };
    if (m_startVerdict.empty())
        m_startVerdict = verdict(m_start);
    const std::vector<BlockSum> found =
        m_best.option == m_start.option ? m_startVerdict : verdict(m_best);
    if (m_startVerdict.empty() || found.empty())
        return false;
    SearchResult now;
    now.before = blockMean(m_startVerdict);
    now.after = blockMean(found);
    now.saved = pairedDifference(m_startVerdict, found);
    now.best = now.isBetter() ? m_best : m_start;
    if (now.isBetter() || !m_result.isBetter())
        m_result = std::move(now);
    return true;
}

void Search::tellTried()
{
    for (const auto& [options, sums] : m_seen)
        if (!sums.empty())
            m_result.tried.push_back({choiceOf(m_items, options), blockMean(sums)});
}

SearchResult Search::run()
{
    m_result.best = m_start;
    bool evaluated = evaluateBest() && seen(m_start, 0, m_half).size() == m_half;
    for (int round = 0, idle = 0; evaluated && idle < m_settings.patience; ++round) {
        const bool better = runRound(round);
        idle = better ? 0 : idle + 1;
        if (better)
            evaluated = evaluateBest();
        evaluated = evaluated && !m_progress.stopRequested();
    }
    m_result.complete = evaluated;
    tellTried();
    return m_result;
}

} // namespace

void requireSearchable(size_t examples)
{
    if (examples < kFewestExamples)
        throw Error("fit", "the text to measure on gives only " + std::to_string(examples) +
                               " examples; at least " + std::to_string(kFewestExamples) +
                               " are needed");
}

SearchResult searchMeasured(const Items& items, const BudgetChoice& start,
                            const SearchBounds& bounds, const MeasureChoice& measure,
                            const SearchSettings& settings, Progress& progress)
{
    requireSearchable(settings.examples);
    return Search(items, start, bounds, measure, settings, progress).run();
}

} // namespace bitloom
