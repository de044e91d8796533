// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget.h"
#include "core/error.h"
#include "core/random.h"

#include <QtTest>
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

/// Least damage within every budget up to `budget`, by dynamic programming over bytes.
double exactDamage(const Items& items, int64_t budget)
{
    constexpr double kNever = std::numeric_limits<double>::infinity();
    std::vector<double> best(static_cast<size_t>(budget + 1), 0);
    for (const auto& options : items) {
        std::vector<double> next(best.size(), kNever);
        for (int64_t b = 0; b <= budget; ++b)
            for (const BudgetOption& option : options)
                if (option.bytes <= b)
                    next[static_cast<size_t>(b)] =
                        std::min(next[static_cast<size_t>(b)],
                                 best[static_cast<size_t>(b - option.bytes)] + option.damage);
        best = next;
    }
    return best.back();
}

/// No hull step is larger than this in damage; the fit is within one of the optimum.
double largestStep(const Items& items)
{
    double largest = 0;
    const auto front = budgetFront(items);
    for (size_t i = 1; i < front.size(); ++i)
        largest = std::max(largest, front[i - 1].damage - front[i].damage);
    return largest;
}

int64_t smallest(const Items& items)
{
    return budgetFront(items).front().bytes;
}
int64_t largest(const Items& items)
{
    return budgetFront(items).back().bytes;
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
    void staysWithinTheBudgetAndOneStepOfTheOptimum()
    {
        int optimal = 0;
        int tried = 0;
        for (uint64_t seed = 1; seed <= 200; ++seed) {
            const Items items = randomItems(seed);
            for (int share = 0; share <= 4; ++share) {
                const int64_t budget =
                    smallest(items) + (largest(items) - smallest(items)) * share / 4;
                const BudgetChoice choice = fitBudget(items, budget);
                checkConsistent(items, choice);
                QVERIFY(choice.bytes <= budget);
                const double exact = exactDamage(items, budget);
                QVERIFY(choice.damage >= exact - 1e-9);
                QVERIFY(choice.damage <= exact + largestStep(items) + 1e-9);
                optimal += choice.damage <= exact + 1e-9 ? 1 : 0;
                ++tried;
            }
        }
        QVERIFY2(optimal * 10 > tried * 6, qPrintable(QString::number(optimal)));
    }

    void moreBudgetNeverHurtsOnTheFront()
    {
        const Items items = randomItems(77);
        const auto front = budgetFront(items);
        QVERIFY(front.size() > 2);
        for (size_t i = 1; i < front.size(); ++i) {
            QVERIFY(front[i].bytes > front[i - 1].bytes);
            QVERIFY(front[i].damage < front[i - 1].damage);
            QVERIFY(i < 2 || front[i].price <= front[i - 1].price);
            checkConsistent(items, front[i]);
            // A corner of the front is the optimum of its size.
            QVERIFY(std::abs(exactDamage(items, front[i].bytes) - front[i].damage) < 1e-9);
            QCOMPARE(fitBudget(items, front[i].bytes).option, front[i].option);
        }
    }

    void dominatedOptionsAreNeverTaken()
    {
        const Items items{{{10, 5.0}, {20, 6.0}, {30, 1.0}, {30, 2.0}}};
        QCOMPARE(fitBudget(items, 25).option.front(), 0);
        QCOMPARE(fitBudget(items, 1000).option.front(), 2);
    }

    void optionsOffTheHullFillTheRest()
    {
        // The middle option lies above the line between the others, but it is all that fits.
        const Items items{{{10, 10.0}, {20, 8.0}, {30, 0.0}}};
        QCOMPARE(fitBudget(items, 25).option.front(), 1);
    }

    void tooSmallABudgetIsAnError()
    {
        QVERIFY_THROWS_EXCEPTION(Error, fitBudget({{{10, 1.0}}, {{10, 1.0}}}, 19));
        QCOMPARE(fitBudget({{{10, 1.0}}, {{10, 1.0}}}, 20).bytes, 20);
    }
};

QTEST_APPLESS_MAIN(TestBudget)
#include "tst_budget.moc"
