// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/budget.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace bitloom {
namespace {

using Options = std::vector<BudgetOption>;

constexpr double kMostSteps = 1e8;
constexpr double kUnreachable = std::numeric_limits<double>::infinity();

/// Sizes above the smallest of their item, in units that divide them all.
struct Units {
    std::vector<std::vector<int64_t>> sizes;
    int64_t budget = 0;
};

Units unitsOf(const std::vector<Options>& items, int64_t left)
{
    Units units;
    int64_t unit = 0;
    for (const Options& options : items) {
        const int64_t least = std::ranges::min_element(options, {}, &BudgetOption::bytes)->bytes;
        std::vector<int64_t>& sizes = units.sizes.emplace_back();
        for (const BudgetOption& option : options) {
            sizes.push_back(option.bytes - least);
            unit = std::gcd(unit, sizes.back());
        }
    }
    unit = std::max<int64_t>(1, unit);
    int64_t most = 0;
    for (std::vector<int64_t>& sizes : units.sizes) {
        for (int64_t& size : sizes)
            size /= unit;
        most += *std::ranges::max_element(sizes);
    }
    units.budget = std::min(left / unit, most);
    return units;
}

double steps(const Units& units)
{
    double count = 0;
    for (const auto& sizes : units.sizes)
        count += static_cast<double>(sizes.size()) * static_cast<double>(units.budget + 1);
    return count;
}

/// Least damage of the items so far within every budget; `taken` receives the option of this item.
std::vector<double> withItem(const std::vector<double>& before, const Options& options,
                             const std::vector<int64_t>& sizes, std::vector<uint16_t>& taken)
{
    std::vector<double> best(before.size(), kUnreachable);
    taken.assign(before.size(), 0);
    for (size_t option = 0; option < options.size(); ++option) {
        const auto size = static_cast<size_t>(sizes[option]);
        for (size_t budget = size; budget < best.size(); ++budget) {
            const double damage = before[budget - size] + options[option].damage;
            if (damage < best[budget]) {
                best[budget] = damage;
                taken[budget] = static_cast<uint16_t>(option);
            }
        }
    }
    return best;
}

} // namespace

std::optional<BudgetChoice> exactBudget(const std::vector<Options>& items, int64_t bytes)
{
    const BudgetSolver hull(items);
    const double price = hull.within(bytes).price;
    const Units units = unitsOf(items, bytes - hull.smallest().bytes);
    if (steps(units) > kMostSteps)
        return std::nullopt;
    std::vector<double> best(static_cast<size_t>(units.budget) + 1, 0);
    std::vector<std::vector<uint16_t>> taken(items.size());
    for (size_t item = 0; item < items.size(); ++item)
        best = withItem(best, items[item], units.sizes[item], taken[item]);
    std::vector<int> chosen(items.size());
    auto left = static_cast<size_t>(units.budget);
    for (size_t item = items.size(); item-- > 0;) {
        const uint16_t option = taken[item][left];
        chosen[item] = option;
        left -= static_cast<size_t>(units.sizes[item][option]);
    }
    BudgetChoice choice = choiceOf(items, chosen);
    choice.price = price;
    return choice;
}

} // namespace bitloom
