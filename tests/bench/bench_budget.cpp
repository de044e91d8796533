// SPDX-License-Identifier: GPL-3.0-or-later
// bench_budget: how long a fit thinks once the damage of every choice is known, for as many slots
// as a mixture of experts has. Target: 16 ms for a new budget.
#include "core/analyze/budget.h"
#include "core/random.h"

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
}
