// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/budget.h"
#include "core/base/error.h"
#include "core/base/random.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>

using namespace bitloom;

namespace {

using Items = std::vector<std::vector<BudgetOption>>;

/// Damage falls with size as in life (a factor of about 4 a bit), with noise that bends the hull.
Items randomItems(uint64_t seed)
{
    uint64_t counter = 0;
    const auto uniform = [&] { return randomUniform(seed, counter++); };
    Items items(2 + static_cast<size_t>(uniform() * 6));
    for (auto& options : items) {
        const double weight = 10 + 90 * uniform();
        options.resize(1 + static_cast<size_t>(uniform() * 6));
        for (size_t o = 0; o < options.size(); ++o) {
            options[o].bytes = static_cast<int64_t>(weight * static_cast<double>(o + 2) / 4 + 1);
            options[o].damage = std::pow(4.0, -static_cast<double>(o)) * (0.5 + uniform()) * weight;
        }
    }
    return items;
}

/// Tries every choice there is.
double leastOfAll(const Items& items, int64_t budget, size_t item = 0)
{
    if (item == items.size())
        return budget >= 0 ? 0 : std::numeric_limits<double>::infinity();
    double least = std::numeric_limits<double>::infinity();
    for (const BudgetOption& option : items[item])
        least = std::min(least, option.damage + leastOfAll(items, budget - option.bytes, item + 1));
    return least;
}

/// What one step of one item saves at most: the hull's choice is within one of the optimum.
double largestStep(const Items& items)
{
    double largest = 0;
    const auto front = BudgetSolver(items).front();
    for (size_t i = 1; i < front.size(); ++i)
        largest = std::max(largest, front[i - 1].damage - front[i].damage);
    return largest;
}

/// Budgets from the smallest choice to the largest.
std::vector<int64_t> budgetsOf(const Items& items)
{
    const auto front = BudgetSolver(items).front();
    std::vector<int64_t> budgets;
    for (int64_t share = 0; share <= 4; ++share)
        budgets.push_back(front.front().bytes +
                          (front.back().bytes - front.front().bytes) * share / 4);
    return budgets;
}

void checkConsistent(const Items& items, const BudgetChoice& choice)
{
    int64_t bytes = 0;
    double damage = 0;
    for (size_t i = 0; i < items.size(); ++i) {
        bytes += items[i][static_cast<size_t>(choice.option[i])].bytes;
        damage += items[i][static_cast<size_t>(choice.option[i])].damage;
    }
    QCOMPARE(choice.bytes, bytes);
    QVERIFY(std::abs(choice.damage - damage) < 1e-9 * (1 + damage));
}

} // namespace

class TestBudget : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void dynamicProgramFindsTheOptimum()
    {
        for (uint64_t seed = 1; seed <= 60; ++seed) {
            const Items items = randomItems(seed);
            for (const int64_t budget : budgetsOf(items)) {
                const BudgetChoice exact = exactBudget(items, budget).value();
                checkConsistent(items, exact);
                QVERIFY(exact.bytes <= budget);
                QVERIFY(std::abs(exact.damage - leastOfAll(items, budget)) < 1e-9);
            }
        }
    }

    void hullIsWithinOneItemOfTheOptimum()
    {
        int optimal = 0;
        int tried = 0;
        for (uint64_t seed = 1; seed <= 1000; ++seed) {
            const Items items = randomItems(seed);
            const BudgetSolver solver(items);
            for (const int64_t budget : budgetsOf(items)) {
                const BudgetChoice choice = solver.within(budget);
                checkConsistent(items, choice);
                QVERIFY(choice.bytes <= budget);
                const double exact = exactBudget(items, budget)->damage;
                QVERIFY(choice.damage >= exact - 1e-9);
                QVERIFY(choice.damage <= exact + largestStep(items) + 1e-9);
                optimal += choice.damage <= exact + 1e-9 ? 1 : 0;
                ++tried;
            }
        }
        QVERIFY2(optimal * 10 > tried * 6, qPrintable(QString::number(optimal)));
    }

    /// Within the bytes that a damage needs, that damage is reached; a byte less would not do by
    /// the hull, give or take one item.
    void fewestBytesForADamage()
    {
        for (uint64_t seed = 1; seed <= 200; ++seed) {
            const Items items = randomItems(seed);
            const BudgetSolver solver(items);
            const auto front = solver.front();
            for (const double share : {0.0, 0.1, 0.5, 0.9, 1.0}) {
                const double most =
                    front.back().damage + share * (front.front().damage - front.back().damage);
                const BudgetChoice choice = solver.reaching(most);
                checkConsistent(items, choice);
                QVERIFY(choice.damage <= most);
                const auto corner = std::ranges::find_if(
                    front, [&](const BudgetChoice& point) { return point.damage <= most; });
                QVERIFY(choice.bytes <= corner->bytes);
            }
            QVERIFY_THROWS_EXCEPTION(Error, solver.reaching(front.back().damage * 0.999 - 1e-9));
        }
    }

    /// Every option dominated or not, the smallest choice that is good enough is found here.
    void givesBackWhatIsNotNeeded()
    {
        // The hull goes from 10 to 30 bytes at once; 20 are enough.
        const Items items{{{10, 10.0}, {20, 8.0}, {30, 0.0}}};
        QCOMPARE(BudgetSolver(items).reaching(8.0).option.front(), 1);
        QCOMPARE(BudgetSolver(items).reaching(7.9).option.front(), 2);
        QCOMPARE(BudgetSolver(items).reaching(10.0).option.front(), 0);
    }

    void moreBudgetNeverHurtsOnTheFront()
    {
        const Items items = randomItems(77);
        const BudgetSolver solver(items);
        const auto front = solver.front();
        QVERIFY(front.size() > 2);
        for (size_t i = 1; i < front.size(); ++i) {
            QVERIFY(front[i].bytes > front[i - 1].bytes);
            QVERIFY(front[i].damage < front[i - 1].damage);
            QVERIFY(i < 2 || front[i].price <= front[i - 1].price);
            checkConsistent(items, front[i]);
            // A corner of the front is the optimum of its size.
            QVERIFY(std::abs(exactBudget(items, front[i].bytes)->damage - front[i].damage) < 1e-9);
            QCOMPARE(solver.within(front[i].bytes).option, front[i].option);
        }
        const auto some = solver.front(3);
        QCOMPARE(some.size(), size_t{3});
        QCOMPARE(some.front().option, front.front().option);
        QCOMPARE(some.back().option, front.back().option);
    }

    /// Per byte, not in all: up to what saves most, down to what costs least.
    void stepsTradeMostPerByte()
    {
        const std::vector<BudgetOption> options{
            {10, 9.0}, {20, 6.0}, {30, 5.0}, {40, 5.5}, {90, 0}};
        const BudgetStep up = stepUp(options, 1).value();
        QCOMPARE(up.option, 2);
        QCOMPARE(up.bytes, 10);
        QCOMPARE(up.damage, 1.0);
        const BudgetStep down = stepDown(options, 4).value();
        QCOMPARE(down.option, 2); // 5 for 60 bytes; 6 for 70, 9 for 80 and 5.5 for 50 are dearer
        QCOMPARE(down.bytes, 60);
        QCOMPARE(down.damage, 5.0);
        QVERIFY(!stepUp(options, 4));
        QVERIFY(!stepDown(options, 0));
        QCOMPARE(stepUp(options, 3)->option, 4); // the one of 30 bytes is not larger
    }

    void dominatedOptionsAreNeverTaken()
    {
        const Items items{{{10, 5.0}, {20, 6.0}, {30, 1.0}, {30, 2.0}}};
        QCOMPARE(BudgetSolver(items).within(25).option.front(), 0);
        QCOMPARE(BudgetSolver(items).within(1000).option.front(), 2);
    }

    void optionsOffTheHullFillTheRest()
    {
        // The middle option lies above the line between the others, but it is all that fits.
        const Items items{{{10, 10.0}, {20, 8.0}, {30, 0.0}}};
        QCOMPARE(BudgetSolver(items).within(25).option.front(), 1);
    }

    void tooSmallABudgetIsAnError()
    {
        const Items items{{{10, 1.0}}, {{10, 1.0}}};
        QVERIFY_THROWS_EXCEPTION(Error, BudgetSolver(items).within(19));
        QVERIFY_THROWS_EXCEPTION(Error, exactBudget(items, 19));
        QCOMPARE(BudgetSolver(items).within(20).bytes, 20);
    }

    /// 10⁸ steps are a second; beyond, the hull has to do.
    void largeProblemsAreLeftToTheHull()
    {
        Items items(400, {{1, 2.0}, {2, 1.0}});
        items.front().push_back({1'000'000'007, 0.0});
        QVERIFY(!exactBudget(items, 1'000'000'000));
        QVERIFY(exactBudget(items, 500));
    }
};

QTEST_APPLESS_MAIN(TestBudget)
#include "tst_budget.moc"
