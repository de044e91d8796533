// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/fit/fit_measured.h"

#include "core/analyze/budget/measured_search.h"
#include "core/base/random.h"
#include "core/base/stop_only.h"
#include "core/workbench/prediction/recipe_trials.h"
#include "core/workbench/session/calibration.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bitloom {

namespace {

/// Stops when its time is over; what is done is the time that has passed.
class Deadline : public Progress {
public:
    Deadline(Progress& whole, double seconds)
        : m_whole(whole)
        , m_seconds(seconds)
    {
    }
    void report(double /*fraction*/, std::string_view what) override
    {
        m_whole.report(std::min(1.0, passed() / m_seconds), what);
    }
    bool stopRequested() const override { return m_whole.stopRequested() || passed() >= m_seconds; }

private:
    using Clock = std::chrono::steady_clock;
    double passed() const { return std::chrono::duration<double>(Clock::now() - m_from).count(); }

    Progress& m_whole;
    double m_seconds;
    Clock::time_point m_from = Clock::now();
};

std::vector<Window> shuffled(std::vector<Window> windows, uint64_t seed)
{
    for (size_t left = windows.size(); left > 1; --left)
        std::swap(windows[left - 1], windows[randomBits(seed, left) % left]);
    return windows;
}

} // namespace

FitTrials::FitTrials(TransformedModel model, const FitMeasurement& settings)
    : m_model(std::move(model))
    , m_settings(settings)
    , m_examples(shuffled(evaluationExamples(m_model.model(), settings.text), settings.seed))
{
    requireSearchable(m_examples.size());
}

MeasuredFit FitTrials::improve(const FitPlan& plan, const FitSolver& solver,
                               const FitOptions& damaged, int64_t bytes, BudgetChoice& chosen,
                               Progress& progress) const
{
    RecipeTrials trials(m_model, m_examples);
    Deadline deadline(progress, m_settings.seconds);
    StopOnly silent(deadline);
    const MeasureChoice measure = [&](const BudgetChoice& choice, size_t from, size_t to) {
        return trials.divergences(plan.recipe(choice), from, to, silent);
    };
    SearchSettings search;
    search.examples = m_examples.size();
    search.seed = m_settings.seed;
    SearchBounds bounds{bytes};
    if (solver.hasTwoBudgets()) {
        bounds.best = [&](const FitOptions& options) { return solver.roughlyBest(options); };
        bounds.fits = [&](const std::vector<int>& option) { return solver.fits(option); };
    }
    const SearchResult found = searchMeasured(damaged, chosen, bounds, measure, search, deadline);
    chosen = found.best;
    MeasuredFit measured{found.before,     found.after,    found.saved,
                         found.isBetter(), found.complete, {}};
    for (const Tried& tried : found.tried)
        measured.tried.push_back(
            {plan.size(plan.recipe(tried.choice)).fileBytes, tried.choice.damage, tried.measured});
    return measured;
}

} // namespace bitloom
