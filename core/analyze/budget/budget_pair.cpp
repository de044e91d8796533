// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/budget_pair.h"

#include "core/analyze/budget/largest_of_planes.h"
#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace bitloom {

namespace {

using Prices = std::array<double, 2>;

constexpr double kNever = std::numeric_limits<double>::infinity();
/// Less is rounding, where costs are shares of what choices differ by.
constexpr double kNothing = 1e-12;
constexpr int kMostCuts = 60;
/// Of the damage: closer than this to the best prices is close enough.
constexpr double kTolerance = 1e-7;
/// Prices are looked for below so many times what the whole damage costs on average, then below
/// eight times more, and so on.
constexpr double kFirstBox = 4;
constexpr double kLastBox = 1e9;
constexpr double kBoxGrowth = 8;
/// Choices that are mended and filled.
constexpr size_t kStarts = 6;
/// Directions in which the least of both costs is looked for.
constexpr int kDirections = 9;

double over(int64_t cost, int64_t budget, double scale)
{
    return static_cast<double>(cost - budget) / scale;
}

} // namespace

struct PairSolver::Cut {
    std::vector<int> option;
    PairCost cost = {};
    double damage = 0;
    Plane plane; ///< damage + price · what is over the budgets
};

/// A choice that changes item by item.
class PairSolver::Allocation {
public:
    Allocation(const PairSolver& solver, const PairCost& budget, const Cut& start)
        : m_solver(solver)
        , m_budget(budget)
        , m_choice{start.option, start.cost, start.damage}
    {
    }
    const PairChoice& choice() const { return m_choice; }
    bool isWithin() const { return excess(m_choice.cost) == 0; }
    /// Takes single changes until both budgets hold, those first that lose least for what they
    /// free. False where none frees anything.
    bool mend();
    /// Takes single changes, then pairs of them, while they save damage within both budgets.
    void fill();

private:
    struct Move {
        size_t item = 0;
        int to = 0;
        PairCost cost = {};
        double damage = 0; ///< added
    };
    struct Rated {
        double rate = 0;
        Move move;
    };
    Move moveTo(size_t item, int to) const
    {
        const size_t first = m_solver.m_first[item];
        const size_t now = first + static_cast<size_t>(m_choice.option[item]);
        const size_t then = first + static_cast<size_t>(to);
        const PairCost& a = m_solver.m_cost[now];
        const PairCost& b = m_solver.m_cost[then];
        return {
            item, to, {b[0] - a[0], b[1] - a[1]}, m_solver.m_damage[then] - m_solver.m_damage[now]};
    }
    PairCost after(const Move& move) const
    {
        return {m_choice.cost[0] + move.cost[0], m_choice.cost[1] + move.cost[1]};
    }
    /// By how much the budgets are exceeded, in shares of what the choices differ by.
    double excess(const PairCost& cost) const
    {
        double sum = 0;
        for (size_t i = 0; i < 2; ++i)
            sum += std::max(0.0, over(cost[i], m_budget[i], m_solver.m_scale[i]));
        return sum;
    }
    void take(const Move& move)
    {
        m_choice.option[move.item] = move.to;
        m_choice.cost = after(move);
        m_choice.damage += move.damage;
    }
    /// The move of every item that `rate` puts lowest, where that is below kNever.
    template <class Rate>
    std::vector<Rated> bestOfEach(const Rate& rate) const;
    /// Takes those that are `allowed` when their turn comes, lowest first. False: none.
    template <class Allowed>
    bool takeInOrder(std::vector<Rated>& moves, const Allowed& allowed);
    template <class Visit>
    void eachMove(const Visit& visit) const
    {
        for (size_t item = 0; item < m_solver.count(); ++item)
            for (size_t to = 0; to < m_solver.optionsOf(item); ++to)
                if (static_cast<int>(to) != m_choice.option[item])
                    visit(moveTo(item, static_cast<int>(to)));
    }
    bool fillOnce();
    bool exchangeOnce();

    const PairSolver& m_solver;
    const PairCost& m_budget;
    PairChoice m_choice;
};

template <class Rate>
std::vector<PairSolver::Allocation::Rated>
PairSolver::Allocation::bestOfEach(const Rate& rate) const
{
    std::vector<Rated> best;
    for (size_t item = 0; item < m_solver.count(); ++item) {
        Rated lowest{kNever, {}};
        for (size_t to = 0; to < m_solver.optionsOf(item); ++to) {
            if (static_cast<int>(to) == m_choice.option[item])
                continue;
            const Move move = moveTo(item, static_cast<int>(to));
            const double rated = rate(move);
            if (rated < lowest.rate)
                lowest = {rated, move};
        }
        if (lowest.rate < kNever)
            best.push_back(lowest);
    }
    return best;
}

template <class Allowed>
bool PairSolver::Allocation::takeInOrder(std::vector<Rated>& moves, const Allowed& allowed)
{
    std::ranges::stable_sort(moves, {}, &Rated::rate);
    bool any = false;
    for (const Rated& rated : moves)
        if (allowed(rated.move)) {
            take(rated.move);
            any = true;
        }
    return any;
}

bool PairSolver::Allocation::mend()
{
    // A move is worth taking by what it frees of what was too much at the start of a round.
    for (bool changed = true; changed && !isWithin();) {
        const double before = excess(m_choice.cost);
        std::vector<Rated> moves = bestOfEach([&](const Move& move) {
            const double freed = before - excess(after(move));
            if (freed <= kNothing)
                return kNever;
            // What saves damage too is taken first, the most of it foremost.
            return move.damage > 0 ? move.damage / freed : move.damage;
        });
        changed = takeInOrder(moves, [&](const Move& move) {
            return !isWithin() && excess(after(move)) < excess(m_choice.cost) - kNothing;
        });
    }
    return isWithin();
}

bool PairSolver::Allocation::fillOnce()
{
    const auto fits = [&](const Move& move) { return excess(after(move)) == 0; };
    std::vector<Rated> moves = bestOfEach(
        [&](const Move& move) { return move.damage < 0 && fits(move) ? move.damage : kNever; });
    return takeInOrder(moves, fits);
}

bool PairSolver::Allocation::exchangeOnce()
{
    constexpr size_t kMostSides = 128;
    std::vector<Move> ups;
    std::vector<Move> downs;
    eachMove([&](const Move& move) { (move.damage < 0 ? ups : downs).push_back(move); });
    const auto byDamage = [](const Move& a, const Move& b) { return a.damage < b.damage; };
    for (std::vector<Move>* side : {&ups, &downs}) {
        const size_t kept = std::min(kMostSides, side->size());
        std::partial_sort(side->begin(), side->begin() + static_cast<std::ptrdiff_t>(kept),
                          side->end(), byDamage);
        side->resize(kept);
    }
    std::array<Move, 2> best;
    double least = 0;
    for (const Move& up : ups)
        for (const Move& down : downs) {
            if (up.damage + down.damage >= least)
                break;
            const Move both{0, 0, {up.cost[0] + down.cost[0], up.cost[1] + down.cost[1]}};
            if (up.item != down.item && excess(after(both)) == 0) {
                least = up.damage + down.damage;
                best = {up, down};
            }
        }
    if (least < 0)
        for (const Move& move : best)
            take(move);
    return least < 0;
}

void PairSolver::Allocation::fill()
{
    // Where there are many items, no exchange is worth the time.
    constexpr size_t kFew = 20000;
    const bool few = m_solver.m_damage.size() <= kFew;
    while (fillOnce() || (few && exchangeOnce())) {
    }
}

PairSolver::PairSolver(const std::vector<std::vector<BudgetOption>>& items,
                       const std::vector<std::vector<PairCost>>& costs)
{
    std::array<PairCost, 2> sums = {};
    for (size_t item = 0; item < items.size(); ++item) {
        if (items[item].empty())
            throw Error("fit", "item " + std::to_string(item) + " has no option to choose from");
        requireFiniteDamages(items[item], static_cast<int>(item));
        m_first.push_back(m_damage.size());
        for (size_t option = 0; option < items[item].size(); ++option) {
            m_damage.push_back(items[item][option].damage);
            m_cost.push_back(costs[item][option]);
        }
        for (size_t i = 0; i < 2; ++i) {
            const auto [least, most] =
                std::ranges::minmax(costs[item], {}, [i](const PairCost& cost) { return cost[i]; });
            sums[0][i] += least[i];
            sums[1][i] += most[i];
        }
        m_mostDamage += std::ranges::max_element(items[item], {}, &BudgetOption::damage)->damage;
    }
    m_first.push_back(m_damage.size());
    for (size_t i = 0; i < 2; ++i)
        m_scale[i] = std::max(1.0, static_cast<double>(sums[1][i] - sums[0][i]));
}

PairSolver::Cut PairSolver::priced(const Prices& price, double damageWeight,
                                   const PairCost& budget) const
{
    Cut cut;
    cut.option.resize(count());
    const Prices perUnit = {price[0] / m_scale[0], price[1] / m_scale[1]};
    for (size_t item = 0; item < count(); ++item) {
        size_t best = m_first[item];
        double least = std::numeric_limits<double>::infinity();
        for (size_t at = m_first[item]; at < m_first[item + 1]; ++at) {
            const double value = damageWeight * m_damage[at] +
                                 perUnit[0] * static_cast<double>(m_cost[at][0]) +
                                 perUnit[1] * static_cast<double>(m_cost[at][1]);
            best = value < least ? at : best;
            least = std::min(value, least);
        }
        cut.option[item] = static_cast<int>(best - m_first[item]);
        cut.damage += m_damage[best];
        cut.cost[0] += m_cost[best][0];
        cut.cost[1] += m_cost[best][1];
    }
    cut.plane = {
        cut.damage,
        {over(cut.cost[0], budget[0], m_scale[0]), over(cut.cost[1], budget[1], m_scale[1])}};
    return cut;
}

std::vector<PairSolver::Cut> PairSolver::cutsWithin(const PairCost& budget, Prices& price,
                                                    double& bound) const
{
    std::vector<Cut> cuts{priced({0, 0}, 1, budget)};
    std::vector<Plane> planes{cuts.back().plane};
    double box = kFirstBox * std::max(m_mostDamage, std::numeric_limits<double>::min());
    const double lastBox = box * kLastBox;
    for (int i = 0; i < kMostCuts; ++i) {
        const Top top = largestOfPlanes(planes, box);
        Cut cut = priced(top.at, 1, budget);
        const double reached = cut.plane.at(top.at);
        if (reached > m_mostDamage * (1 + kTolerance))
            throw Error("fit", "no choice at all is within both budgets");
        if (i == 0 || reached > bound) {
            bound = reached;
            price = top.at;
        }
        planes.push_back(cut.plane);
        cuts.push_back(std::move(cut));
        if (top.value - reached > kTolerance * m_mostDamage)
            continue;
        if (std::max(top.at[0], top.at[1]) < box * (1 - kTolerance) || box >= lastBox)
            break;
        box *= kBoxGrowth;
    }
    return cuts;
}

PairChoice PairSolver::within(const PairCost& budget) const
{
    Prices price = {};
    double bound = 0;
    std::vector<Cut> cuts = cutsWithin(budget, price, bound);
    std::ranges::stable_sort(cuts, {}, [&](const Cut& cut) { return cut.plane.at(price); });
    cuts.resize(std::min(cuts.size(), kStarts));
    PairChoice best;
    best.damage = std::numeric_limits<double>::infinity();
    const auto tryFrom = [&](const Cut& cut) {
        Allocation allocation(*this, budget, cut);
        if (!allocation.mend())
            return;
        allocation.fill();
        if (allocation.choice().damage < best.damage)
            best = allocation.choice();
    };
    std::ranges::for_each(cuts, tryFrom);
    for (int i = 0; i < kDirections && !std::isfinite(best.damage); ++i) {
        const double share = static_cast<double>(i) / (kDirections - 1);
        tryFrom(priced({share, 1 - share}, 0, budget));
    }
    if (!std::isfinite(best.damage))
        throw Error("fit", "no choice was found that is within both budgets");
    best.price = {price[0] / m_scale[0], price[1] / m_scale[1]};
    best.bound = bound;
    return best;
}

} // namespace bitloom
