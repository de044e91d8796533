// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/budget.h"

#include "core/analyze/numerics/finite_figures.h"
#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <string>

namespace bitloom {
namespace {

using Options = std::vector<BudgetOption>;

double saved(const BudgetOption& from, const BudgetOption& to)
{
    return (from.damage - to.damage) / static_cast<double>(to.bytes - from.bytes);
}

/// Indices of the lower convex hull of (bytes, damage), from the smallest option on; the damage
/// saved per byte falls from step to step.
std::vector<int> lowerHull(const Options& options)
{
    std::vector<int> order(options.size());
    std::iota(order.begin(), order.end(), 0);
    const auto at = [&](int index) -> const BudgetOption& {
        return options[static_cast<size_t>(index)];
    };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return at(a).bytes != at(b).bytes ? at(a).bytes < at(b).bytes : at(a).damage < at(b).damage;
    });
    std::vector<int> hull;
    for (const int index : order) {
        if (!hull.empty() && at(index).damage >= at(hull.back()).damage)
            continue;
        while (hull.size() > 1 && saved(at(hull[hull.size() - 2]), at(hull.back())) <=
                                      saved(at(hull.back()), at(index)))
            hull.pop_back();
        hull.push_back(index);
    }
    return hull;
}

[[noreturn]] void tooSmall(int64_t smallest, int64_t budget)
{
    throw Error("fit", "even the smallest choices take " + std::to_string(smallest) +
                           " bytes, more than the " + std::to_string(budget) + " of the budget");
}

} // namespace

void requireFiniteDamages(const Options& options, int item)
{
    for (const BudgetOption& option : options)
        requireFinite("item " + std::to_string(item) + " of the budget", option.damage, "fit");
}

BudgetChoice choiceOf(const std::vector<Options>& items, const std::vector<int>& option)
{
    BudgetChoice choice{option};
    for (size_t item = 0; item < items.size(); ++item) {
        const BudgetOption& chosen = items[item][static_cast<size_t>(option[item])];
        choice.bytes += chosen.bytes;
        choice.damage += chosen.damage;
    }
    return choice;
}

/// A choice that changes item by item.
class BudgetSolver::Allocation {
public:
    explicit Allocation(const BudgetSolver& solver)
        : m_solver(solver)
        , m_choice(solver.m_smallest)
    {
    }
    const BudgetChoice& choice() const { return m_choice; }
    int64_t cost(const Step& step) const
    {
        return m_solver.option(step.item, step.to).bytes - now(step.item).bytes;
    }
    double gain(const Step& step) const
    {
        return now(step.item).damage - m_solver.option(step.item, step.to).damage;
    }
    /// A step is possible when those before it on its hull were taken.
    bool possible(const Step& step) const { return current(step.item) == step.from; }
    void take(const Step& step)
    {
        m_choice.bytes += cost(step);
        m_choice.damage -= gain(step);
        m_choice.option[static_cast<size_t>(step.item)] = step.to;
        m_choice.price = step.price;
    }
    /// The change of one item, off the hull too, that `worth` values most; `from` equals `to` where
    /// none is worth anything.
    template <class Worth>
    Step best(const Worth& worth) const;

private:
    int current(int item) const { return m_choice.option[static_cast<size_t>(item)]; }
    const BudgetOption& now(int item) const { return m_solver.option(item, current(item)); }

    const BudgetSolver& m_solver;
    BudgetChoice m_choice;
};

template <class Worth>
BudgetSolver::Step BudgetSolver::Allocation::best(const Worth& worth) const
{
    Step best;
    double most = 0;
    for (int item = 0; item < static_cast<int>(m_solver.m_items.size()); ++item) {
        const int options = static_cast<int>(m_solver.m_items[static_cast<size_t>(item)].size());
        for (int to = 0; to < options; ++to) {
            const Step step{item, current(item), to, m_choice.price};
            const double value = worth(step);
            if (value > most) {
                most = value;
                best = step;
            }
        }
    }
    return best;
}

BudgetSolver::BudgetSolver(std::vector<Options> items)
    : m_items(std::move(items))
{
    for (size_t item = 0; item < m_items.size(); ++item)
        addItem(static_cast<int>(item));
    std::stable_sort(m_steps.begin(), m_steps.end(),
                     [](const Step& a, const Step& b) { return a.price > b.price; });
}

void BudgetSolver::addItem(int item)
{
    requireFiniteDamages(m_items[static_cast<size_t>(item)], item);
    const std::vector<int> hull = lowerHull(m_items[static_cast<size_t>(item)]);
    if (hull.empty())
        throw Error("fit", "item " + std::to_string(item) + " has no option to choose from");
    m_smallest.option.push_back(hull.front());
    m_smallest.bytes += option(item, hull.front()).bytes;
    m_smallest.damage += option(item, hull.front()).damage;
    for (size_t i = 1; i < hull.size(); ++i)
        m_steps.push_back(
            {item, hull[i - 1], hull[i], saved(option(item, hull[i - 1]), option(item, hull[i]))});
}

BudgetChoice BudgetSolver::within(int64_t bytes) const
{
    if (m_smallest.bytes > bytes)
        tooSmall(m_smallest.bytes, bytes);
    Allocation allocation(*this);
    const auto left = [&] { return bytes - allocation.choice().bytes; };
    for (const Step& step : m_steps)
        if (allocation.possible(step) && allocation.cost(step) <= left())
            allocation.take(step);
    // What is left is less than any hull step costs; options off the hull may still fit.
    const auto worth = [&](const Step& step) {
        return allocation.cost(step) <= left() ? allocation.gain(step) : 0;
    };
    for (Step step = allocation.best(worth); step.from != step.to; step = allocation.best(worth))
        allocation.take(step);
    return allocation.choice();
}

BudgetChoice BudgetSolver::reaching(double damage) const
{
    Allocation allocation(*this);
    for (const Step& step : m_steps) {
        if (allocation.choice().damage <= damage)
            break;
        allocation.take(step);
    }
    if (allocation.choice().damage > damage) {
        std::array<char, 96> text{};
        std::snprintf(text.data(), text.size(), "the best choices still cost %.4g, more than %.4g",
                      allocation.choice().damage, damage);
        throw Error("fit", text.data());
    }
    // The last step may have saved more than was asked for: give back what fits in the difference.
    const auto worth = [&](const Step& step) {
        return allocation.choice().damage - allocation.gain(step) <= damage
                   ? static_cast<double>(-allocation.cost(step))
                   : 0;
    };
    for (Step step = allocation.best(worth); step.from != step.to; step = allocation.best(worth))
        allocation.take(step);
    return allocation.choice();
}

std::vector<BudgetChoice> BudgetSolver::front(size_t most) const
{
    Allocation allocation(*this);
    std::vector<BudgetChoice> front{allocation.choice()};
    const size_t spread = std::min(most - 1, m_steps.size()); // points after the first
    for (size_t i = 0; i < m_steps.size(); ++i) {
        allocation.take(m_steps[i]);
        if ((i + 1) * spread / m_steps.size() > i * spread / m_steps.size())
            front.push_back(allocation.choice());
    }
    return front;
}

std::optional<BudgetStep> stepUp(const Options& options, int now)
{
    const BudgetOption& from = options[static_cast<size_t>(now)];
    std::optional<BudgetStep> best;
    for (size_t i = 0; i < options.size(); ++i) {
        const BudgetOption& to = options[i];
        if (to.bytes <= from.bytes || to.damage >= from.damage)
            continue;
        const double worth = saved(from, to);
        if (!best || worth > best->damage / static_cast<double>(best->bytes))
            best = {static_cast<int>(i), to.bytes - from.bytes, from.damage - to.damage};
    }
    return best;
}

std::optional<BudgetStep> stepDown(const Options& options, int now)
{
    const BudgetOption& from = options[static_cast<size_t>(now)];
    std::optional<BudgetStep> best;
    for (size_t i = 0; i < options.size(); ++i) {
        const BudgetOption& to = options[i];
        if (to.bytes >= from.bytes)
            continue;
        const double worth = saved(to, from);
        if (!best || worth < best->damage / static_cast<double>(best->bytes))
            best = {static_cast<int>(i), from.bytes - to.bytes, to.damage - from.damage};
    }
    return best;
}

} // namespace bitloom
