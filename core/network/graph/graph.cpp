// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph/graph.h"

#include <algorithm>
#include <numeric>

namespace bitloom {

std::string_view roleName(Role role)
{
    switch (role) {
    case Role::Unknown:
        return "unknown";
    case Role::TokenEmbedding:
        return "token embedding";
    case Role::PositionEmbedding:
        return "position embedding";
    case Role::TypeEmbedding:
        return "type embedding";
    case Role::AttentionQuery:
        return "attention query";
    case Role::AttentionKey:
        return "attention key";
    case Role::AttentionValue:
        return "attention value";
    case Role::AttentionOutput:
        return "attention output";
    case Role::FeedForwardGate:
        return "feed-forward gate";
    case Role::FeedForwardUp:
        return "feed-forward up";
    case Role::FeedForwardDown:
        return "feed-forward down";
    case Role::Pooler:
        return "pooler";
    case Role::RecurrentInputInput:
        return "input to input gate";
    case Role::RecurrentInputForget:
        return "input to forget gate";
    case Role::RecurrentInputCell:
        return "input to cell";
    case Role::RecurrentInputOutput:
        return "input to output gate";
    case Role::RecurrentHiddenInput:
        return "hidden to input gate";
    case Role::RecurrentHiddenForget:
        return "hidden to forget gate";
    case Role::RecurrentHiddenCell:
        return "hidden to cell";
    case Role::RecurrentHiddenOutput:
        return "hidden to output gate";
    case Role::OutputHead:
        return "output head";
    case Role::Norm:
        return "norm";
    case Role::Bias:
        return "bias";
    case Role::Unused:
        return "unused";
    }
    return "unknown";
}

namespace {

template <typename Named>
int indexOf(const std::vector<Named>& all, std::string_view name)
{
    for (size_t i = 0; i < all.size(); ++i)
        if (all[i].name == name)
            return static_cast<int>(i);
    return -1;
}

} // namespace

int64_t Graph::weights() const
{
    return std::accumulate(slots.begin(), slots.end(), int64_t{0},
                           [](int64_t sum, const Slot& slot) {
                               return sum + (slot.uses.empty() ? 0 : slot.weights());
                           });
}

int64_t Graph::outputWidth() const
{
    return programs.empty() ? 0 : value(programs.front().output).width;
}

int Graph::findSlot(std::string_view name) const
{
    return indexOf(slots, name);
}

int Graph::findValue(std::string_view name) const
{
    return indexOf(values, name);
}

bool Graph::canBeQuantized(int value) const
{
    return std::ranges::any_of(programs, [value](const Program& program) {
        return value != program.output &&
               std::ranges::find(program.steps, value, &Step::output) != program.steps.end();
    });
}

} // namespace bitloom
