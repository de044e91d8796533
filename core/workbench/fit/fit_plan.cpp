// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/fit/fit_plan.h"

#include "core/quantize/transforms/transform.h"

#include "core/base/error.h"
#include "core/quantize/corrections/correction.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>

namespace bitloom {

FitPlan::FitPlan(const Model& model, Recipe start, const FitSettings& settings, CanHold canHold)
    : m_model(model)
    , m_start(std::move(start))
    , m_settings(settings)
    , m_transformed(transformedSlots(model.graph, m_start.transforms))
    , m_canHold(std::move(canHold))
    , m_target(targetNamed(m_start.target))
    , m_sizes(model, m_target)
{
    m_start.modelName = model.name;
    m_start.modelIdentity = model.identity;
    m_base = m_start;
    for (const std::vector<int>& group : fuseGroups(model, m_target)) {
        const bool locked = std::any_of(group.begin(), group.end(), [&](int slot) {
            return m_start.choice(slotAt(slot).name).fit.locked;
        });
        if (locked)
            m_locked.insert(m_locked.end(), group.begin(), group.end());
        else
            m_items.push_back({group, choicesOf(group)});
    }
    for (const FitItem& item : m_items)
        set(m_base, item, 0);
}

void FitPlan::set(Recipe& recipe, const FitItem& item, size_t option) const
{
    for (size_t i = 0; i < item.slots.size(); ++i)
        recipe.slots[slotAt(item.slots[i]).name] = item.choices[option][i];
}

bool FitPlan::wanted(const Scheme& scheme) const
{
    const auto& list = m_settings.schemes;
    return list.empty() || std::find(list.begin(), list.end(), scheme.id()) != list.end();
}

bool FitPlan::isWithinLimits(const std::vector<int>& group, std::string_view scheme) const
{
    return std::ranges::all_of(group, [&](int index) {
        const Slot& slot = slotAt(index);
        const auto bytes = static_cast<double>(
            slotBytes(m_model, slot, schemeUnder(m_transformed, index, std::string(scheme)),
                      keepsCorrection(scheme) ? m_start.choice(slot.name).correction
                                              : std::optional<CorrectionStep>()));
        return m_start.choice(slot.name).fit.allow(8 * bytes / static_cast<double>(slot.weights()));
    });
}

/// All methods convert plain schemes alike.
std::span<const std::string> FitPlan::methodsFor(const Scheme& scheme) const
{
    return std::span(m_settings.methods).first(scheme.isPlain() ? 1 : m_settings.methods.size());
}

std::vector<SlotChoice> FitPlan::choicesWith(const std::vector<int>& group, std::string_view scheme,
                                             const std::string& method) const
{
    std::vector<SlotChoice> choices;
    for (const int slot : group) {
        choices.push_back(m_start.choice(slotAt(slot).name));
        SlotChoice& choice = choices.back();
        if (choice.method != method)
            choice.parameters.clear();
        choice.method = method;
        choice.scheme = scheme;
        if (!keepsCorrection(scheme))
            choice.correction.reset();
    }
    return choices;
}

bool FitPlan::areHeld(const std::vector<int>& group, const std::vector<SlotChoice>& choices) const
{
    for (size_t i = 0; i < group.size(); ++i)
        if (!m_canHold(group[i], choices[i]))
            return false;
    return true;
}

std::vector<std::vector<SlotChoice>> FitPlan::choicesOf(const std::vector<int>& group) const
{
    std::vector<std::vector<SlotChoice>> choices;
    if (m_settings.schemes.empty() && isWithinLimits(group, {}))
        choices.push_back(choicesWith(group, {}, m_settings.methods.front()));
    const Slot& slot = slotAt(group.front()); // those fused with it have rows of the same length
    for (const Scheme* scheme : offeredSchemes(slot, m_target))
        if (wanted(*scheme) && isWithinLimits(group, scheme->id()) &&
            areHeld(group, choicesWith(group, scheme->id(), m_settings.methods.front())))
            for (const std::string& method : methodsFor(*scheme))
                choices.push_back(choicesWith(group, scheme->id(), method));
    if (choices.empty())
        throw Error("fit", "slot " + slot.name + " (rows of " + std::to_string(slot.columns) +
                               ") can have none of the listed schemes within its limits in a " +
                               m_target.title + " file");
    return choices;
}

int64_t FitPlan::total(const FitBudget& budget, const Recipe& recipe) const
{
    if (budget.kind == FitBudget::Kind::WeightBytes)
        return m_sizes.size(recipe).quantizableBytes;
    if (budget.kind == FitBudget::Kind::FileBytes)
        return m_sizes.size(recipe).fileBytes;
    int64_t sum = budget.rest;
    for (size_t i = 0; i < m_model.graph.slots.size(); ++i)
        if (const Slot& slot = m_model.graph.slots[i]; slot.quantizable)
            sum += budget.ofSlot(static_cast<int>(i), recipe.choice(slot.name));
    return sum;
}

int64_t FitPlan::cost(const FitBudget& budget, const FitItem& item, size_t option) const
{
    int64_t sum = 0;
    for (size_t i = 0; i < item.slots.size(); ++i) {
        const SlotChoice& choice = item.choices[option][i];
        sum += budget.isSum() ? budget.ofSlot(item.slots[i], choice)
                              : slotBytes(m_model, slotAt(item.slots[i]),
                                          schemeUnder(m_transformed, item.slots[i], choice.scheme),
                                          choice.correction);
    }
    return sum;
}

std::vector<std::vector<BudgetOption>> FitPlan::options(const FitBudget& budget) const
{
    std::vector<std::vector<BudgetOption>> all;
    const int64_t base = budget.isSum() ? 0 : total(budget, m_base);
    for (const FitItem& item : m_items) {
        std::vector<BudgetOption>& options = all.emplace_back();
        const int64_t without = base - cost(budget, item, 0);
        for (size_t option = 0; option < item.choices.size(); ++option) {
            Recipe recipe = m_base;
            set(recipe, item, option);
            options.push_back(
                {budget.isSum() ? cost(budget, item, option) : total(budget, recipe) - without, 0});
        }
    }
    return all;
}

int64_t FitPlan::left(const FitBudget& budget) const
{
    int64_t fixed = total(budget, m_base);
    for (const FitItem& item : m_items)
        fixed -= cost(budget, item, 0);
    return budget.most - fixed;
}

std::vector<FitBudget> FitPlan::sizeBudgets() const
{
    if (m_settings.fileBytes)
        return {{FitBudget::Kind::FileBytes, *m_settings.fileBytes, {}, 0}};
    if (m_settings.mostDamage)
        return {{FitBudget::Kind::FileBytes, std::numeric_limits<int64_t>::max(), {}, 0}};
    if (!m_settings.bitsPerWeight)
        return {};
    const auto weights = static_cast<double>(m_sizes.size(m_base).quantizableWeights);
    return {{FitBudget::Kind::WeightBytes,
             static_cast<int64_t>(std::floor(*m_settings.bitsPerWeight * weights / 8)),
             {},
             0}};
}

void FitPlan::requireReachable(const FitBudget& budget) const
{
    const BudgetChoice least = BudgetSolver(options(budget)).smallest();
    if (least.bytes <= left(budget))
        return;
    const Recipe chosen = recipe(least);
    const Size size = m_sizes.size(chosen);
    std::array<char, 160> text{};
    if (budget.kind == FitBudget::Kind::DecodeTime)
        std::snprintf(
            text.data(), text.size(),
            "the fastest recipe with these schemes, locked slots and limits takes %.4g ms a token",
            static_cast<double>(total(budget, chosen)) * 1000 / kPicoseconds);
    else if (budget.kind == FitBudget::Kind::Memory)
        std::snprintf(
            text.data(), text.size(),
            "the smallest recipe with these schemes, locked slots and limits takes %lld bytes of "
            "memory",
            static_cast<long long>(total(budget, chosen)));
    else
        std::snprintf(
            text.data(), text.size(),
            "the smallest recipe with these schemes, locked slots and limits takes %.3f bits per "
            "weight (%lld bytes of the file)",
            size.bitsPerWeight(), static_cast<long long>(size.fileBytes));
    throw Error("fit", std::string(text.data()) + ", more than the budget");
}

Recipe FitPlan::smallest() const
{
    FitBudget file;
    file.kind = FitBudget::Kind::FileBytes;
    Recipe smallest = recipe(BudgetSolver(options(file)).smallest());
    for (auto& [name, choice] : smallest.slots)
        choice.method = "nearest";
    return smallest;
}

Recipe FitPlan::recipe(const BudgetChoice& chosen) const
{
    Recipe recipe = m_start;
    for (size_t i = 0; i < m_items.size(); ++i)
        set(recipe, m_items[i], static_cast<size_t>(chosen.option[i]));
    return recipe;
}

} // namespace bitloom
