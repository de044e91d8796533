// SPDX-License-Identifier: GPL-3.0-or-later
// Two budgets at once: both hold, close to the optimum, and never past what the bound says.
#include "core/analyze/budget/budget_pair.h"
#include "core/analyze/budget/largest_of_planes.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "tests/refusal.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

using namespace bitloom;

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

struct Instance {
    std::vector<std::vector<BudgetOption>> items;
    std::vector<std::vector<PairCost>> costs;
};

/// Damage falls by about 4 a bit; the first cost grows with the bits, the second does so on the
/// whole, but what is smaller may well be slower.
Instance randomInstance(uint64_t seed)
{
    uint64_t counter = 0;
    const auto uniform = [&] { return randomUniform(seed, counter++); };
    Instance made;
    const size_t count = 2 + static_cast<size_t>(uniform() * 7);
    for (size_t item = 0; item < count; ++item) {
        const double weight = 10 + 90 * uniform();
        std::vector<BudgetOption>& options = made.items.emplace_back();
        std::vector<PairCost>& costs = made.costs.emplace_back();
        const int choices = 1 + static_cast<int>(uniform() * 6);
        for (int bits = 0; bits < choices; ++bits) {
            options.push_back({0, std::pow(4.0, -bits) * (0.5 + uniform()) * weight});
            costs.push_back(
                {static_cast<int64_t>(weight * (bits + 2) / 4 + 1),
                 static_cast<int64_t>(weight * (0.3 + uniform()) * (bits + 3) / 3 + 1)});
        }
    }
    return made;
}

struct Partial {
    PairCost cost = {};
    double damage = 0;
};

/// Those that no other one of `partials` beats in all three.
std::vector<Partial> undominated(std::vector<Partial> partials)
{
    std::ranges::sort(partials, [](const Partial& a, const Partial& b) {
        return std::tie(a.cost, a.damage) < std::tie(b.cost, b.damage);
    });
    std::vector<Partial> kept;
    std::map<int64_t, double> front; // second cost → damage, of what costs no more of the first
    for (const Partial& partial : partials) {
        const auto above = front.upper_bound(partial.cost[1]);
        if (above != front.begin() && std::prev(above)->second <= partial.damage)
            continue;
        auto worse = front.lower_bound(partial.cost[1]);
        while (worse != front.end() && worse->second >= partial.damage)
            worse = front.erase(worse);
        front[partial.cost[1]] = partial.damage;
        kept.push_back(partial);
    }
    return kept;
}

/// The optimum, by all partial choices worth keeping; infinite where nothing is within both.
double exactly(const Instance& instance, const PairCost& budget)
{
    std::vector<Partial> partials = {{}};
    for (size_t item = 0; item < instance.items.size(); ++item) {
        std::vector<Partial> longer;
        for (const Partial& partial : partials)
            for (size_t option = 0; option < instance.items[item].size(); ++option) {
                const PairCost& cost = instance.costs[item][option];
                const PairCost sum = {partial.cost[0] + cost[0], partial.cost[1] + cost[1]};
                if (sum[0] <= budget[0] && sum[1] <= budget[1])
                    longer.push_back({sum, partial.damage + instance.items[item][option].damage});
            }
        partials = undominated(std::move(longer));
    }
    double least = kNever;
    for (const Partial& partial : partials)
        least = std::min(least, partial.damage);
    return least;
}

/// Tries every choice there is.
double byBruteForce(const Instance& instance, const PairCost& left, size_t item = 0)
{
    if (left[0] < 0 || left[1] < 0)
        return kNever;
    if (item == instance.items.size())
        return 0;
    double least = kNever;
    for (size_t option = 0; option < instance.items[item].size(); ++option) {
        const PairCost& cost = instance.costs[item][option];
        least = std::min(
            least, instance.items[item][option].damage +
                       byBruteForce(instance, {left[0] - cost[0], left[1] - cost[1]}, item + 1));
    }
    return least;
}

/// The most that any item loses from one option to the next worse.
double largestStep(const Instance& instance)
{
    double largest = 0;
    for (std::vector<BudgetOption> options : instance.items) {
        std::ranges::sort(options, {}, &BudgetOption::damage);
        for (size_t i = 1; i < options.size(); ++i)
            largest = std::max(largest, options[i].damage - options[i - 1].damage);
    }
    return largest;
}

/// From the least to the most of both costs.
std::vector<PairCost> budgetsOf(const Instance& instance)
{
    PairCost least = {};
    PairCost most = {};
    for (const std::vector<PairCost>& costs : instance.costs)
        for (size_t i = 0; i < 2; ++i) {
            const auto [low, high] =
                std::ranges::minmax(costs, {}, [i](const PairCost& cost) { return cost[i]; });
            least[i] += low[i];
            most[i] += high[i];
        }
    std::vector<PairCost> budgets;
    for (int64_t a = 0; a <= 4; ++a)
        for (int64_t b = 0; b <= 4; ++b)
            budgets.push_back(
                {least[0] + (most[0] - least[0]) * a / 4, least[1] + (most[1] - least[1]) * b / 4});
    return budgets;
}

void checkConsistent(const Instance& instance, const PairChoice& choice)
{
    PairCost cost = {};
    double damage = 0;
    for (size_t item = 0; item < instance.items.size(); ++item) {
        const auto option = static_cast<size_t>(choice.option[item]);
        cost[0] += instance.costs[item][option][0];
        cost[1] += instance.costs[item][option][1];
        damage += instance.items[item][option].damage;
    }
    QVERIFY(choice.cost == cost);
    QVERIFY(std::abs(choice.damage - damage) < 1e-9 * (1 + damage));
}

} // namespace

class TestBudgetPair : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// What the other tests hold the solver against.
    void theReferenceIsTheOptimum()
    {
        for (uint64_t seed = 1; seed <= 30; ++seed) {
            const Instance instance = randomInstance(seed);
            for (const PairCost& budget : budgetsOf(instance)) {
                const double exact = exactly(instance, budget);
                const double tried = byBruteForce(instance, budget);
                QVERIFY(exact == tried || std::abs(exact - tried) < 1e-9);
            }
        }
    }

    /// Within one item of the optimum, nearly always the optimum; the bound is one.
    void bothBudgetsHoldCloseToTheOptimum()
    {
        int tried = 0;
        int optimal = 0;
        int missed = 0;
        for (uint64_t seed = 1; seed <= 1000; ++seed) {
            const Instance instance = randomInstance(seed);
            const PairSolver solver(instance.items, instance.costs);
            const double step = largestStep(instance);
            for (const PairCost& budget : budgetsOf(instance)) {
                const double exact = exactly(instance, budget);
                if (!std::isfinite(exact)) {
                    QVERIFY_THROWS_EXCEPTION(Error, solver.within(budget));
                    continue;
                }
                ++tried;
                try {
                    const PairChoice choice = solver.within(budget);
                    checkConsistent(instance, choice);
                    QVERIFY(choice.cost[0] <= budget[0] && choice.cost[1] <= budget[1]);
                    QVERIFY(choice.damage >= exact - 1e-9);
                    QVERIFY(choice.damage <= exact + step + 1e-9);
                    QVERIFY(choice.bound <= exact * (1 + 1e-6) + 1e-9);
                    optimal += choice.damage <= exact + 1e-9 ? 1 : 0;
                } catch (const Error&) {
                    ++missed; // there is something within both, but it was not found
                }
            }
        }
        const QString counts =
            QString("%1 tried, %2 optimal, %3 missed").arg(tried).arg(optimal).arg(missed);
        qInfo().noquote() << counts;
        QVERIFY2(optimal * 100 > tried * 98 && missed * 1000 < tried, qPrintable(counts));
    }

    /// A budget that nobody comes near is as none, and has no price.
    void anAmpleBudgetIsNone()
    {
        for (uint64_t seed = 1; seed <= 100; ++seed) {
            Instance instance = randomInstance(seed);
            for (size_t item = 0; item < instance.items.size(); ++item)
                for (size_t option = 0; option < instance.items[item].size(); ++option)
                    instance.items[item][option].bytes = instance.costs[item][option][0];
            const PairSolver solver(instance.items, instance.costs);
            for (const PairCost& budget : budgetsOf(instance)) {
                const double alone = exactBudget(instance.items, budget[0])->damage;
                const PairChoice choice = solver.within({budget[0], 1'000'000});
                QVERIFY(choice.damage <= alone + largestStep(instance));
                QVERIFY(choice.price[1] <= 1e-9);
                QVERIFY(choice.bound <= alone * (1 + 1e-6) + 1e-9);
            }
        }
    }

    void budgetsThatDoNotGoTogetherAreAnError()
    {
        // Small and slow, or large and fast.
        const std::vector<std::vector<BudgetOption>> items = {{{0, 2.0}, {0, 1.0}}};
        const PairSolver solver(items, {{{1, 9}, {9, 1}}});
        QCOMPARE(solver.within({9, 1}).option.front(), 1);
        QCOMPARE(solver.within({1, 9}).option.front(), 0);
        QVERIFY(refusal([&] { solver.within({1, 1}); }).contains("within both budgets"));
        QVERIFY_THROWS_EXCEPTION(Error, PairSolver({{}}, {{}}));
    }

    void planesHaveATop()
    {
        // A roof: min(1 + x, 3 − x, 2 + y/2, 4 − y).
        const std::vector<Plane> planes = {{1, {1, 0}}, {3, {-1, 0}}, {2, {0, 0.5}}, {4, {0, -1}}};
        const Top top = largestOfPlanes(planes, 10);
        QCOMPARE(top.value, 2.0);
        QCOMPARE(top.at[0], 1.0);
        const Top edge = largestOfPlanes({{0, {1, 0.5}}}, 4); // nothing but the box ends it
        QCOMPARE(edge.value, 6.0);
    }
};

QTEST_APPLESS_MAIN(TestBudgetPair)
#include "tst_budget_pair.moc"
