// SPDX-License-Identifier: GPL-3.0-or-later
// bench_budget: how long a fit thinks once the damage of every choice is known, for as many slots
// as a mixture of experts has. Target: 16 ms for a new budget.
#include "core/analyze/budget/budget.h"
#include "core/analyze/budget/budget_pair.h"
#include "core/base/random.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace bitloom;

namespace {

using Items = std::vector<std::vector<BudgetOption>>;

/// Options of 2 to 8 bits and more, each bit a quarter of the damage, give or take.
Items slotsLikeThoseOfExperts(size_t slots, size_t schemes)
{
    uint64_t counter = 0;
    const auto uniform = [&] { return randomUniform(7, counter++); };
    Items items(slots);
    for (auto& options : items) {
        const int64_t weights = int64_t{32} * (1000 + static_cast<int64_t>(uniform() * 40000));
        const double sensitivity = std::exp(4 * uniform());
        for (size_t i = 0; i < schemes; ++i) {
            const double bits = 2.25 + 0.5 * static_cast<double>(i);
            options.push_back({static_cast<int64_t>(static_cast<double>(weights) * bits / 8),
                               sensitivity * std::pow(4, -bits) * (0.7 + 0.6 * uniform())});
        }
    }
    return items;
}

template <class Work>
double milliseconds(const Work& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

/// Times as kernels have them: a part for every weight, another for every byte, give or take.
std::vector<std::vector<PairCost>> bytesAndTimes(const Items& items)
{
    std::vector<std::vector<PairCost>> costs;
    uint64_t counter = 0;
    for (const auto& options : items) {
        costs.emplace_back();
        for (const BudgetOption& option : options) {
            const double perWeight = static_cast<double>(options.front().bytes);
            const double time = (2 * perWeight + static_cast<double>(option.bytes)) *
                                (0.7 + 0.6 * randomUniform(8, counter++));
            costs.back().push_back({option.bytes, static_cast<int64_t>(time)});
        }
    }
    return costs;
}

PairCost between(const std::vector<std::vector<PairCost>>& costs, double first, double second)
{
    PairCost budget = {};
    for (const auto& options : costs)
        for (size_t i = 0; i < 2; ++i) {
            const auto [least, most] =
                std::ranges::minmax(options, {}, [i](const PairCost& cost) { return cost[i]; });
            const double share = i == 0 ? first : second;
            budget[i] +=
                least[i] + static_cast<int64_t>(share * static_cast<double>(most[i] - least[i]));
        }
    return budget;
}

void benchTwoBudgets(const Items& items)
{
    const auto costs = bytesAndTimes(items);
    std::optional<PairSolver> solver;
    std::printf("two budgets, bytes and time\n");
    std::printf("  prepared       %8.2f ms\n", milliseconds([&] { solver.emplace(items, costs); }));
    double longest = 0;
    double total = 0;
    double gap = 0;
    int count = 0;
    for (const double first : {0.15, 0.3, 0.45, 0.6, 0.75})
        for (const double second : {0.15, 0.3, 0.45, 0.6, 0.75}) {
            PairChoice found;
            const double took =
                milliseconds([&] { found = solver->within(between(costs, first, second)); });
            longest = std::max(longest, took);
            total += took;
            gap = std::max(gap, found.damage / found.bound - 1);
            ++count;
        }
    std::printf("  new budgets    %8.2f ms mean, %.2f ms longest of %d; at most %.3f %% above the "
                "bound\n",
                total / count, longest, count, 100 * gap);
}

} // namespace

int main(int argc, char** argv)
{
    const size_t slots = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20000;
    const size_t schemes = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 12;
    const Items items = slotsLikeThoseOfExperts(slots, schemes);
    std::optional<BudgetSolver> solver;
    std::printf("%zu slots x %zu schemes\n", slots, schemes);
    std::printf("  prepared       %8.2f ms\n", milliseconds([&] { solver.emplace(items); }));
    const auto front = solver->front(200);
    double longest = 0;
    double total = 0;
    constexpr int kBudgets = 50;
    for (int i = 1; i <= kBudgets; ++i) {
        const int64_t budget =
            front.front().bytes + (front.back().bytes - front.front().bytes) * i / (kBudgets + 1);
        const double took = milliseconds([&] { solver->within(budget); });
        longest = std::max(longest, took);
        total += took;
    }
    std::printf("  a new budget   %8.2f ms mean, %.2f ms longest of %d (target 16)\n",
                total / kBudgets, longest, kBudgets);
    std::printf("  a new damage   %8.2f ms\n",
                milliseconds([&] { solver->reaching(front[front.size() / 2].damage * 1.001); }));
    std::printf("  the front      %8.2f ms, 200 corners\n",
                milliseconds([&] { solver->front(200); }));
    benchTwoBudgets(items);
}
