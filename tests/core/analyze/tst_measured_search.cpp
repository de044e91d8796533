// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/budget_neighbours.h"
#include "core/analyze/budget/measured_search.h"
#include "core/analyze/budget/successive_halving.h"
#include "core/base/error.h"
#include "core/base/random.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace bitloom;

namespace {

using Items = std::vector<std::vector<BudgetOption>>;

constexpr size_t kExamples = 64;

/// A network of which damages are predicted, but not rightly.
struct World {
    explicit World(uint64_t seed, double error = 0.5)
        : m_seed(seed)
    {
        for (uint64_t item = 0; item < 12; ++item) {
            const double damage = 0.02 * std::exp(randomNormal(seed, item));
            std::vector<BudgetOption>& options = items.emplace_back();
            for (int bits = 2; bits <= 6; ++bits)
                options.push_back({100 * bits, damage * std::pow(4.0, 2 - bits)});
            m_factors.push_back(std::exp(error * randomNormal(seed, 1000 + item)));
        }
        bytes = 12 * 100 * 3 + 50;
        start = BudgetSolver(items).within(bytes);
    }
    /// What an option loses.
    double real(size_t item, int option) const
    {
        return m_factors[item] * items[item][static_cast<size_t>(option)].damage;
    }
    double actual(const BudgetChoice& choice) const
    {
        double sum = 0;
        for (size_t item = 0; item < items.size(); ++item)
            sum += real(item, choice.option[item]);
        return sum;
    }
    /// Some examples are harder than others, for every choice, and a little is chance.
    std::vector<BlockSum> measured(const BudgetChoice& choice, size_t from, size_t to) const
    {
        std::vector<BlockSum> sums;
        for (uint64_t i = from; i < to; ++i) {
            const double hardness = std::exp(randomNormal(m_seed, 5000 + i));
            const double chance = 1 + 0.1 * randomNormal(m_seed + hashOf(choice), i);
            sums.push_back({100 * actual(choice) * hardness * chance, 100});
        }
        return sums;
    }
    SearchResult search(Progress& progress) const
    {
        SearchSettings settings;
        settings.examples = kExamples;
        const MeasureChoice measure = [this](const BudgetChoice& choice, size_t from, size_t to) {
            return measured(choice, from, to);
        };
        return searchMeasured(items, start, {bytes}, measure, settings, progress);
    }

    Items items;
    int64_t bytes = 0;
    BudgetChoice start;

private:
    static uint64_t hashOf(const BudgetChoice& choice)
    {
        uint64_t hash = 0;
        for (const int option : choice.option)
            hash = randomBits(hash, static_cast<uint64_t>(option));
        return hash;
    }

    uint64_t m_seed;
    std::vector<double> m_factors;
};

bool knowsNone(const std::vector<int>& /*option*/)
{
    return false;
}

/// Candidates that lose their number, and how many examples each has seen.
struct Field {
    std::vector<BlockSum> measured(size_t candidate, size_t from, size_t to)
    {
        seen[candidate] += to - from;
        std::vector<BlockSum> sums;
        for (size_t i = from; i < to; ++i)
            sums.push_back({losses[candidate] * (1 + static_cast<double>(i % 5)), 1});
        return sums;
    }
    HalvingResult run(size_t examples)
    {
        return halveSuccessively(losses.size(), examples,
                                 [this](size_t candidate, size_t from, size_t to) {
                                     return measured(candidate, from, to);
                                 });
    }
    std::vector<double> losses;
    std::map<size_t, size_t> seen;
};

} // namespace

class TestMeasuredSearch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pairedDifferenceByHand()
    {
        const std::vector<BlockSum> a = {{4, 2}, {8, 2}};
        const std::vector<BlockSum> b = {{3, 2}, {5, 2}};
        const Estimate difference = pairedDifference(a, b);
        QCOMPARE(difference.value, 1.0);
        QCOMPARE(difference.standardError, std::sqrt(2.0 * (1 + 1)) / 4);
        const std::vector<BlockSum> other = {{3, 2}, {5, 3}};
        QVERIFY_THROWS_EXCEPTION(Error, pairedDifference(a, other));
    }

    /// 16 candidates, 64 examples: halves of them on 8, 16, 32 and 64.
    void halvingFindsTheBestAtAFractionOfTheCost()
    {
        Field field;
        for (int i = 0; i < 16; ++i)
            field.losses.push_back(i == 11 ? 1 : 20 + i);
        const HalvingResult result = field.run(64);
        QVERIFY(result.complete);
        QCOMPARE(result.winner, size_t{11});
        QCOMPARE(result.saved.value / blockMean(field.measured(0, 0, 64)).value, 19.0 / 20);
        size_t all = 0;
        for (const auto& [candidate, count] : field.seen)
            all += count;
        QCOMPARE(all - 64, size_t{16 * 8 + 8 * 8 + 4 * 16 + 2 * 32}); // 64: asked for above
        QCOMPARE(field.seen[0] - 64, size_t{64}); // though its loss is the ninth
    }

    void theFirstStaysWhereNoneIsBetter()
    {
        Field field{{1, 2, 3, 1}, {}};
        QCOMPARE(field.run(32).winner, size_t{0});
        QCOMPARE(field.run(32).saved.value, 0.0);
        Field alone{{1}, {}};
        QCOMPARE(alone.run(32).winner, size_t{0});
    }

    void stoppedHalvingHasNoWinner()
    {
        const HalvingResult result = halveSuccessively(
            4, 64, [](size_t candidate, size_t from, size_t to) -> std::vector<BlockSum> {
                if (candidate == 2)
                    return {};
                return std::vector<BlockSum>(to - from, {9.0 - static_cast<double>(candidate), 1});
            });
        QVERIFY(!result.complete);
        QCOMPARE(result.winner, size_t{0});
    }

    void neighboursStayWithinTheBudget()
    {
        for (uint64_t seed = 0; seed < 50; ++seed) {
            const World world(seed);
            const DamageFactors unlearnt(world.items, {});
            const auto optima = drawnOptima(unlearnt, {world.bytes}, 10, seed, knowsNone);
            const auto near = exchanges(world.items, world.start, {world.bytes}, 30, knowsNone);
            QVERIFY(optima.size() > 3);
            QCOMPARE(near.size(), size_t{30});
            for (const auto* choices : {&optima, &near}) {
                std::set<std::vector<int>> once;
                for (const BudgetChoice& choice : *choices) {
                    QVERIFY(choice.bytes <= world.bytes);
                    QVERIFY(once.insert(choice.option).second);
                }
            }
            QVERIFY(std::ranges::is_sorted(near, {}, &BudgetChoice::damage));
        }
    }

    /// By hand: two items, 10 bytes left of which neither step up can be paid without a step down.
    void exchangesByHand()
    {
        const Items items = {{{10, 8}, {20, 2}, {30, 1}}, {{10, 4}, {20, 3}, {30, 0.5}}};
        const BudgetChoice from = choiceOf(items, {1, 1});
        std::vector<std::vector<int>> found;
        for (const BudgetChoice& choice : exchanges(items, from, {40}, 10, knowsNone))
            found.push_back(choice.option);
        const std::vector<std::vector<int>> wanted = {{2, 0}, {1, 0}, {0, 2}, {0, 1}};
        QCOMPARE(found, wanted);
    }

    /// One measurement of one item: the prediction moves towards it as far as both are uncertain,
    /// by 0.3² + 0.3² + 0.15² against (0.02 + what the measurement says of itself)².
    void oneFactorByHand()
    {
        const Items items = {{{1, 2}}};
        const DamageFactors sure(items, {{{0}, 3, 0}});
        const double variance = 4 * (0.09 + 0.09 + 0.0225);
        QVERIFY(std::abs(sure.expected()[0][0].damage - (2 + variance / (variance + 4 * 0.0004))) <
                1e-12);
        const DamageFactors unsure(items, {{{0}, 3, 1}});
        QVERIFY(std::abs(unsure.expected()[0][0].damage -
                         (2 + variance / (variance + 1 + 4 * 0.0004))) < 1e-12);
        QCOMPARE(DamageFactors(items, {}).expected()[0][0].damage, 2.0);
    }

    /// Measured sums tell the items' factors apart; draws lie about what is expected, and closer
    /// the more is known.
    void factorsAreLearnt()
    {
        const World world(7);
        std::vector<MeasuredChoice> measured;
        for (uint64_t i = 0; i < 60; ++i) {
            std::vector<int> option;
            for (uint64_t item = 0; item < world.items.size(); ++item)
                option.push_back(static_cast<int>(randomBits(i, item) % 5));
            measured.push_back({option, world.actual(choiceOf(world.items, option)), 0});
        }
        const auto error = [&](const Items& believed) {
            double sum = 0;
            for (size_t item = 0; item < believed.size(); ++item)
                sum += std::abs(std::log(believed[item][0].damage / world.real(item, 0)));
            return sum / static_cast<double>(believed.size());
        };
        const DamageFactors known(world.items, measured);
        const DamageFactors unknown(world.items, {});
        QVERIFY(error(world.items) > 0.3);
        QVERIFY2(error(known.expected()) < 0.12,
                 qPrintable(QString::number(error(known.expected()))));
        for (uint64_t draw = 0; draw < 20; ++draw) {
            QVERIFY(error(known.drawn(draw)) < 0.2);
            QVERIFY(error(unknown.drawn(draw)) > 0.2);
            QVERIFY(known.drawn(draw)[0][0].damage != known.drawn(draw + 1)[0][0].damage);
        }
    }

    /// Where predictions are off, measuring finds better; what it says of itself is right.
    void measuringFindsBetter()
    {
        int better = 0;
        double gained = 0;
        double claimed = 0;
        Progress progress;
        for (uint64_t seed = 0; seed < 20; ++seed) {
            const World world(seed);
            const SearchResult result = world.search(progress);
            QVERIFY(result.complete);
            QVERIFY(result.best.bytes <= world.bytes);
            QCOMPARE(result.best.option == world.start.option, !result.isBetter());
            better += result.isBetter() ? 1 : 0;
            gained += 1 - world.actual(result.best) / world.actual(world.start);
            claimed += result.isBetter() ? result.saved.value / result.before.value : 0;
        }
        QVERIFY2(better >= 10, qPrintable(QString::number(better)));
        QVERIFY2(gained / 20 > 0.05, qPrintable(QString::number(gained / 20)));
        QVERIFY2(std::abs(claimed - gained) / gained < 0.2, qPrintable(QString::number(claimed)));
    }

    /// Where they are right there is nothing to find, and chance is not taken for a find.
    void chanceIsNoImprovement()
    {
        Progress progress;
        for (uint64_t seed = 0; seed < 20; ++seed) {
            const World world(seed, 0);
            const SearchResult result = world.search(progress);
            QVERIFY(world.actual(result.best) <= world.actual(world.start) * 1.02);
        }
    }

    void noExampleIsMeasuredTwice()
    {
        const World world(3);
        std::set<std::pair<std::vector<int>, size_t>> once;
        bool twice = false;
        const MeasureChoice measure = [&](const BudgetChoice& choice, size_t from, size_t to) {
            for (size_t i = from; i < to; ++i)
                twice = !once.emplace(choice.option, i).second || twice;
            return world.measured(choice, from, to);
        };
        SearchSettings settings;
        settings.examples = kExamples;
        Progress progress;
        const SearchResult result =
            searchMeasured(world.items, world.start, {world.bytes}, measure, settings, progress);
        QVERIFY(!twice);
        QVERIFY(result.tried.size() > 30);
        for (const Tried& tried : result.tried)
            QVERIFY(tried.choice.bytes <= world.bytes);
    }

    /// Nothing outside the bounds is ever measured, neither drawn nor exchanged for.
    void whatIsNotPossibleIsNotTried()
    {
        const World world(3, 0.5);
        const int kept = world.start.option[0];
        SearchBounds bounds{world.bytes};
        bounds.fits = [&](const std::vector<int>& option) { return option[0] == kept; };
        bounds.best = [&](Items damaged) {
            for (int option = 0; option < 5; ++option)
                if (option != kept)
                    damaged[0][static_cast<size_t>(option)].damage = 1e9;
            return BudgetSolver(damaged).within(world.bytes);
        };
        SearchSettings settings;
        settings.examples = kExamples;
        Progress progress;
        const auto measure = [&](const BudgetChoice& choice, size_t from, size_t to) {
            return world.measured(choice, from, to);
        };
        const SearchResult found =
            searchMeasured(world.items, world.start, bounds, measure, settings, progress);
        QVERIFY(found.tried.size() > 30);
        for (const Tried& tried : found.tried)
            QVERIFY(tried.choice.option[0] == kept && tried.choice.bytes <= world.bytes);
    }

    void stoppedKeepsTheBestSoFar()
    {
        struct Stop : Progress {
            int asked = 0;
            bool stopRequested() const override { return asked >= 100; }
        };
        int better = 0;
        for (uint64_t seed = 0; seed < 10; ++seed) {
            const World world(seed);
            Stop progress;
            const MeasureChoice measure = [&](const BudgetChoice& choice, size_t from, size_t to) {
                ++progress.asked;
                return progress.stopRequested() ? std::vector<BlockSum>()
                                                : world.measured(choice, from, to);
            };
            SearchSettings settings;
            settings.examples = kExamples;
            settings.patience = 1000;
            const SearchResult result = searchMeasured(world.items, world.start, {world.bytes},
                                                       measure, settings, progress);
            QVERIFY(!result.complete);
            better += result.isBetter() ? 1 : 0;
            QVERIFY(!result.isBetter() || world.actual(result.best) < world.actual(world.start));
        }
        QVERIFY2(better >= 3, qPrintable(QString::number(better)));
    }

    void fewExamplesBearNoVerdict()
    {
        const World world(1);
        SearchSettings settings;
        settings.examples = 31;
        Progress progress;
        QVERIFY_THROWS_EXCEPTION(
            Error, searchMeasured(world.items, world.start, {world.bytes}, {}, settings, progress));
    }
};

QTEST_GUILESS_MAIN(TestMeasuredSearch)
#include "tst_measured_search.moc"
