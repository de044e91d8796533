// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/session/engine_cache.h"

#include <optional>
#include <string>

namespace bitloom {

/// What an evaluation needs: the engine that is evaluated and, when it is a variant, the original
/// beside it.
class EnginePair {
public:
    /// Nullopt when stopped while waiting. `originalKnown`: nobody needs it beside a variant.
    static std::optional<EnginePair> lease(EngineCache& engines,
                                           const std::optional<Variant>& changed,
                                           const std::string& wanted, Progress& progress,
                                           bool originalKnown = false)
    {
        const bool needsOriginal = !changed || !originalKnown;
        EnginePair pair;
        if (needsOriginal)
            pair.m_original = engines.lease(std::nullopt, wanted, progress);
        if (changed && (pair.m_original || !needsOriginal))
            pair.m_quantized = engines.lease(changed, wanted, progress);
        if ((needsOriginal && !pair.m_original) || (changed && !pair.m_quantized))
            return std::nullopt;
        return pair;
    }

    Engine& evaluated() const { return m_quantized ? m_quantized->engine() : m_original->engine(); }
    /// Nullptr without a variant, or when the original is known.
    Engine* reference() const
    {
        return m_quantized && m_original ? &m_original->engine() : nullptr;
    }
    /// Asked when the work is done: an engine may be replaced meanwhile.
    EngineUse use() const
    {
        EngineUse used = m_quantized ? m_quantized->use() : m_original->use();
        if (m_quantized && m_original)
            used.weightBytes += m_original->engine().weightBytes();
        if (used.notice.empty() && m_original)
            used.notice = m_original->notice();
        return used;
    }

private:
    EnginePair() = default;
    std::optional<EngineLease> m_original;
    std::optional<EngineLease> m_quantized;
};

} // namespace bitloom
