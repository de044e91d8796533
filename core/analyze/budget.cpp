// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget.h"

#include "core/error.h"

#include <algorithm>
#include <numeric>

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

struct HullStep {
    int item = 0;
    int from = 0; ///< option index
    int to = 0;
    double price = 0;
};

class Purse {
public:
    explicit Purse(const std::vector<Options>& items)
        : m_items(items)
    {
        for (size_t item = 0; item < items.size(); ++item)
            addItem(static_cast<int>(item));
        std::stable_sort(m_steps.begin(), m_steps.end(),
                         [](const HullStep& a, const HullStep& b) { return a.price > b.price; });
    }
    const std::vector<HullStep>& steps() const { return m_steps; }
    const BudgetChoice& choice() const { return m_choice; }
    int64_t cost(const HullStep& step) const
    {
        return option(step.item, step.to).bytes - option(step.item, current(step.item)).bytes;
    }
    /// A step is possible when those before it on its hull were taken.
    bool possible(const HullStep& step) const { return current(step.item) == step.from; }
    void buy(const HullStep& step)
    {
        m_choice.bytes += cost(step);
        m_choice.damage +=
            option(step.item, step.to).damage - option(step.item, current(step.item)).damage;
        m_choice.option[static_cast<size_t>(step.item)] = step.to;
        m_choice.price = step.price;
    }
    /// The change of one item, off the hull too, that saves most damage within `left` bytes.
    HullStep bestWithin(int64_t left) const;
    double gain(const HullStep& step) const
    {
        return option(step.item, current(step.item)).damage - option(step.item, step.to).damage;
    }

private:
    void addItem(int item);
    int current(int item) const { return m_choice.option[static_cast<size_t>(item)]; }
    const BudgetOption& option(int item, int index) const
    {
        return m_items[static_cast<size_t>(item)][static_cast<size_t>(index)];
    }

    const std::vector<Options>& m_items;
    std::vector<HullStep> m_steps;
    BudgetChoice m_choice;
};

void Purse::addItem(int item)
{
    const std::vector<int> hull = lowerHull(m_items[static_cast<size_t>(item)]);
    if (hull.empty())
        throw Error("fit", "item " + std::to_string(item) + " has no option to choose from");
    m_choice.option.push_back(hull.front());
    m_choice.bytes += option(item, hull.front()).bytes;
    m_choice.damage += option(item, hull.front()).damage;
    for (size_t i = 1; i < hull.size(); ++i)
        m_steps.push_back(
            {item, hull[i - 1], hull[i], saved(option(item, hull[i - 1]), option(item, hull[i]))});
}

HullStep Purse::bestWithin(int64_t left) const
{
    HullStep best;
    double bestGain = 0;
    for (int item = 0; item < static_cast<int>(m_items.size()); ++item) {
        const int options = static_cast<int>(m_items[static_cast<size_t>(item)].size());
        for (int to = 0; to < options; ++to) {
            const HullStep step{item, current(item), to, m_choice.price};
            if (cost(step) <= left && gain(step) > bestGain) {
                bestGain = gain(step);
                best = step;
            }
        }
    }
    return best;
}

} // namespace

BudgetChoice fitBudget(const std::vector<Options>& items, int64_t budget)
{
    Purse purse(items);
    if (purse.choice().bytes > budget)
        throw Error("fit", "even the smallest choices take " +
                               std::to_string(purse.choice().bytes) + " bytes, more than the " +
                               std::to_string(budget) + " of the budget");
    for (const HullStep& step : purse.steps())
        if (purse.possible(step) && purse.choice().bytes + purse.cost(step) <= budget)
            purse.buy(step);
    // What is left is less than any hull step costs; options off the hull may still fit.
    for (HullStep step = purse.bestWithin(budget - purse.choice().bytes); step.from != step.to;
         step = purse.bestWithin(budget - purse.choice().bytes))
        purse.buy(step);
    return purse.choice();
}

std::vector<BudgetChoice> budgetFront(const std::vector<Options>& items)
{
    Purse purse(items);
    std::vector<BudgetChoice> front{purse.choice()};
    for (const HullStep& step : purse.steps()) {
        purse.buy(step);
        front.push_back(purse.choice());
    }
    return front;
}

} // namespace bitloom
