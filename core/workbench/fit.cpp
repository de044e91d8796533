// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/parallel.h"
#include "core/quantize/method.h"
#include "core/quantize/size.h"
#include "core/workbench/caches.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace bitloom {
namespace {

/// Slots the fit may change, together, and what they may become: choices[option][i] is for slot i.
struct FitItem {
    std::vector<int> slots;
    std::vector<std::vector<SlotChoice>> choices;
};

class FitPlan {
public:
    FitPlan(const Model& model, Recipe start, const FitSettings& settings);

    const std::vector<FitItem>& items() const { return m_items; }
    /// Bytes of every option, in the unit of the budget.
    std::vector<std::vector<BudgetOption>> options() const;
    /// Bytes that the items together may take.
    int64_t budget() const;
    Recipe recipe(const BudgetChoice& chosen) const;
    /// Error naming the smallest budget these choices allow, when that is more than was asked for.
    void requireReachable(const std::vector<std::vector<BudgetOption>>& options) const;
    Size size(const Recipe& recipe) const { return m_sizes.size(recipe); }

private:
    const Slot& slotAt(int index) const { return m_model.graph.slots[static_cast<size_t>(index)]; }
    std::vector<SlotChoice> choicesWith(const std::vector<int>& group,
                                        std::string_view scheme) const;
    std::vector<std::vector<SlotChoice>> choicesOf(const std::vector<int>& group) const;
    bool wanted(const Scheme& scheme) const;
    void set(Recipe& recipe, const FitItem& item, size_t option) const;
    int64_t bytesWith(const FitItem& item, size_t option) const;
    /// Bytes of its slots with its first choices.
    int64_t firstBytes(const FitItem& item) const;
    int64_t counted(const Size& size) const
    {
        return m_settings.fileBytes ? size.fileBytes : size.quantizableBytes;
    }

    const Model& m_model;
    Recipe m_start;
    const FitSettings& m_settings;
    const Target& m_target;
    SizeCalculator m_sizes;
    std::vector<FitItem> m_items;
    Recipe m_base; ///< every item at its first choice
};

FitPlan::FitPlan(const Model& model, Recipe start, const FitSettings& settings)
    : m_model(model)
    , m_start(std::move(start))
    , m_settings(settings)
    , m_target(targetNamed(m_start.target))
    , m_sizes(model, m_target)
{
    m_start.modelName = model.name;
    m_start.modelIdentity = model.identity;
    m_base = m_start;
    for (const std::vector<int>& group : fuseGroups(model, m_target)) {
        const bool locked = std::any_of(group.begin(), group.end(), [&](int slot) {
            return m_start.choice(slotAt(slot).name).locked;
        });
        if (!locked)
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

std::vector<SlotChoice> FitPlan::choicesWith(const std::vector<int>& group,
                                             std::string_view scheme) const
{
    std::vector<SlotChoice> choices;
    for (const int slot : group) {
        choices.push_back(m_start.choice(slotAt(slot).name));
        choices.back().method = m_settings.method;
        choices.back().scheme = scheme;
    }
    return choices;
}

std::vector<std::vector<SlotChoice>> FitPlan::choicesOf(const std::vector<int>& group) const
{
    std::vector<std::vector<SlotChoice>> choices;
    if (m_settings.schemes.empty())
        choices.push_back(choicesWith(group, {}));
    const Slot& slot = slotAt(group.front()); // those fused with it have rows of the same length
    for (const Scheme* scheme : offeredSchemes(slot, m_target))
        if (wanted(*scheme))
            choices.push_back(choicesWith(group, scheme->id()));
    if (choices.empty())
        throw Error("fit", "slot " + slot.name + " (rows of " + std::to_string(slot.columns) +
                               ") can have none of the listed schemes in a " + m_target.title +
                               " file");
    return choices;
}

int64_t FitPlan::bytesWith(const FitItem& item, size_t option) const
{
    Recipe recipe = m_base;
    set(recipe, item, option);
    return counted(m_sizes.size(recipe));
}

int64_t FitPlan::firstBytes(const FitItem& item) const
{
    int64_t bytes = 0;
    for (size_t i = 0; i < item.slots.size(); ++i)
        bytes += slotBytes(m_model, slotAt(item.slots[i]), item.choices.front()[i].scheme);
    return bytes;
}

std::vector<std::vector<BudgetOption>> FitPlan::options() const
{
    std::vector<std::vector<BudgetOption>> all;
    for (const FitItem& item : m_items) {
        const int64_t without = bytesWith(item, 0) - firstBytes(item);
        std::vector<BudgetOption>& options = all.emplace_back();
        for (size_t option = 0; option < item.choices.size(); ++option)
            options.push_back({bytesWith(item, option) - without, 0});
    }
    return all;
}

int64_t FitPlan::budget() const
{
    int64_t fixed = counted(m_sizes.size(m_base));
    for (const FitItem& item : m_items)
        fixed -= firstBytes(item);
    if (m_settings.fileBytes)
        return *m_settings.fileBytes - fixed;
    const auto weights = static_cast<double>(m_sizes.size(m_base).quantizableWeights);
    return static_cast<int64_t>(std::floor(*m_settings.bitsPerWeight * weights / 8)) - fixed;
}

void FitPlan::requireReachable(const std::vector<std::vector<BudgetOption>>& options) const
{
    const BudgetChoice smallest = budgetFront(options).front();
    if (smallest.bytes <= budget())
        return;
    const Size size = m_sizes.size(recipe(smallest));
    std::array<char, 32> bits{};
    std::snprintf(bits.data(), bits.size(), "%.3f", size.bitsPerWeight());
    throw Error("fit", "the smallest recipe with these schemes and locked slots takes " +
                           std::string(bits.data()) + " bits per weight (" +
                           std::to_string(size.fileBytes) +
                           " bytes of the file), more than the budget");
}

Recipe FitPlan::recipe(const BudgetChoice& chosen) const
{
    Recipe recipe = m_start;
    for (size_t i = 0; i < m_items.size(); ++i)
        set(recipe, m_items[i], static_cast<size_t>(chosen.option[i]));
    return recipe;
}

void requireSensible(const Model& model, const Recipe& start, const FitSettings& settings,
                     bool measured)
{
    if (settings.bitsPerWeight.has_value() == settings.fileBytes.has_value())
        throw Error("fit", "a budget is either bits per weight or bytes of the file");
    if (!measured)
        throw Error("fit", "the sensitivity of this model has not been measured yet");
    for (const std::string& scheme : settings.schemes)
        schemeNamed(scheme);
    methodNamed(settings.method);
    if (const std::string problem = recipeProblem(start, model); !problem.empty())
        throw Error("fit", problem);
}

/// Every (item, option) pair as one list, so that threads share them evenly.
std::vector<std::pair<size_t, size_t>> pairsOf(const std::vector<FitItem>& items)
{
    std::vector<std::pair<size_t, size_t>> pairs;
    for (size_t item = 0; item < items.size(); ++item)
        for (size_t option = 0; option < items[item].choices.size(); ++option)
            pairs.emplace_back(item, option);
    return pairs;
}

} // namespace

FitResult Workbench::fit(const Recipe& start, const FitSettings& settings, Progress& progress)
{
    requireSensible(*m_model, start, settings, fisher().has_value());
    const FitPlan plan(*m_model, start, settings);
    std::vector<std::vector<BudgetOption>> options = plan.options();
    plan.requireReachable(options);
    const auto pairs = pairsOf(plan.items());
    ProgressSpan measuring(progress, 0, 0.95);
    const int64_t left =
        parallelFor(static_cast<int64_t>(pairs.size()), 0, measuring, "measuring the choices",
                    [&](int64_t i, int) {
                        const auto [item, option] = pairs[static_cast<size_t>(i)];
                        const FitItem& fitItem = plan.items()[item];
                        Progress quiet;
                        for (size_t slot = 0; slot < fitItem.slots.size(); ++slot)
                            options[item][option].damage +=
                                m_caches
                                    ->slotError(*m_model, fitItem.slots[slot],
                                                fitItem.choices[option][slot], kFitting, 1, quiet)
                                    .damage;
                    });
    if (left > 0)
        return {start, plan.size(start), 0, false};
    FitResult result;
    result.recipe = plan.recipe(fitBudget(options, plan.budget()));
    result.size = plan.size(result.recipe);
    ProgressSpan predicting(progress, 0.95, 1);
    result.predictedKl = predictedKl(result.recipe, predicting).value_or(0);
    return result;
}

} // namespace bitloom
