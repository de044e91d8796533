// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/budget_neighbours.h"

#include "core/base/random.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace bitloom {

namespace {

using Items = std::vector<std::vector<BudgetOption>>;

/// Draws after which no new choice is expected.
constexpr size_t kTriesPerChoice = 8;
/// Items considered for each side of an exchange.
constexpr size_t kMostSides = 256;

bool isAmong(const std::vector<BudgetChoice>& choices, const BudgetChoice& choice)
{
    return std::ranges::find(choices, choice.option, &BudgetChoice::option) != choices.end();
}

/// A change of one item; the damage it adds may be less than nothing.
struct Move {
    size_t item = 0;
    int option = 0;
    int64_t bytes = 0;
    double damage = 0;
};

std::vector<Move> movesOf(const Items& items, const BudgetChoice& from)
{
    std::vector<Move> moves;
    for (size_t item = 0; item < items.size(); ++item) {
        const BudgetOption& now = items[item][static_cast<size_t>(from.option[item])];
        for (size_t option = 0; option < items[item].size(); ++option) {
            const BudgetOption& to = items[item][option];
            if (static_cast<int>(option) != from.option[item])
                moves.push_back(
                    {item, static_cast<int>(option), to.bytes - now.bytes, to.damage - now.damage});
        }
    }
    return moves;
}

/// The moves that trade best: most damage saved per byte, or least added per byte given back.
std::vector<Move> bestTrades(std::vector<Move> moves, bool up)
{
    std::erase_if(moves, [up](const Move& move) {
        return up ? move.bytes <= 0 || move.damage >= 0 : move.bytes >= 0;
    });
    std::ranges::stable_sort(moves, {}, [](const Move& move) {
        return move.damage / std::abs(static_cast<double>(move.bytes));
    });
    moves.resize(std::min(kMostSides, moves.size()));
    return moves;
}

struct Exchange {
    Move first;
    std::optional<Move> second;
    double damage() const { return first.damage + (second ? second->damage : 0); }
};

std::vector<Exchange> exchangesWithin(const Items& items, const BudgetChoice& from, int64_t left)
{
    const std::vector<Move> moves = movesOf(items, from);
    std::vector<Exchange> found;
    for (const Move& move : moves)
        if (move.bytes <= left)
            found.push_back({move, std::nullopt});
    const std::vector<Move> downs = bestTrades(moves, false);
    for (const Move& up : bestTrades(moves, true))
        for (const Move& down : downs)
            if (up.item != down.item && up.bytes + down.bytes <= left)
                found.push_back({up, down});
    std::ranges::stable_sort(found, {}, &Exchange::damage);
    return found;
}

} // namespace

std::vector<BudgetChoice> drawnOptima(const DamageFactors& factors, const SearchBounds& bounds,
                                      size_t count, uint64_t seed, const IsKnown& isKnown)
{
    std::vector<BudgetChoice> choices;
    for (uint64_t draw = 0; draw < kTriesPerChoice * count && choices.size() < count; ++draw) {
        const Items damaged = factors.drawn(randomBits(seed, draw));
        const BudgetChoice choice =
            bounds.best ? bounds.best(damaged) : BudgetSolver(damaged).within(bounds.bytes);
        if (!isAmong(choices, choice) && !isKnown(choice.option))
            choices.push_back(choice);
    }
    return choices;
}

std::vector<BudgetChoice> exchanges(const Items& items, const BudgetChoice& from,
                                    const SearchBounds& bounds, size_t count,
                                    const IsKnown& isKnown)
{
    std::vector<BudgetChoice> choices;
    for (const Exchange& exchange : exchangesWithin(items, from, bounds.bytes - from.bytes)) {
        if (choices.size() == count)
            break;
        std::vector<int> option = from.option;
        option[exchange.first.item] = exchange.first.option;
        if (exchange.second)
            option[exchange.second->item] = exchange.second->option;
        if (!isKnown(option) && (!bounds.fits || bounds.fits(option)))
            choices.push_back(choiceOf(items, option));
    }
    return choices;
}

} // namespace bitloom
