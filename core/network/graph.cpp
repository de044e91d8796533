// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph.h"

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
    case Role::OutputHead:
        return "output head";
    case Role::Norm:
        return "norm";
    case Role::Bias:
        return "bias";
    }
    return "unknown";
}

int Graph::findSlot(std::string_view name) const
{
    for (size_t i = 0; i < slots.size(); ++i)
        if (slots[i].name == name)
            return static_cast<int>(i);
    return -1;
}

} // namespace bitloom
