// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"

#include <QCoreApplication>
#include <QList>
#include <QString>

#include <array>
#include <optional>
#include <utility>

namespace bitloom {

/// The number keys of the layer tree, fewest bits first; 0: as stored.
inline constexpr std::array kKeyBits = {2, 3, 4, 5, 6, 8, 0};

/// One scheme that the strip or the menu offers for a selection.
struct Offer {
    QString id;    ///< "" = keep as stored
    QString label; ///< short
    QString tooltip;
    bool enabled = true; ///< every selected slot can have it
    bool current = false;
    bool brief = true; ///< short lists show it
};

/// What the selection may become, from the schemes table, the target and the row lengths.
struct Offers {
    Q_DECLARE_TR_FUNCTIONS(Offers)

public:
    /// Every scheme the target holds, as stored first.
    static QList<Offer> all(const Model& model, const Recipe& recipe,
                            const QList<int>& slotIndices);
    /// The same in few: one per number of bits where the target has many.
    static QList<Offer> brief(const Model& model, const Recipe& recipe,
                              const QList<int>& slotIndices);
    /// The scheme a number key stands for (schemeOfBits; 0: as stored); empty optional: the target
    /// has none that every selected slot can have.
    static std::optional<QString> forKey(const Model& model, const Recipe& recipe,
                                         const QList<int>& slotIndices, int bits);
    using Choices = QList<std::pair<int, SlotChoice>>;
    /// Every slot with what each number key would make of it; what those methods would take long
    /// for is left out.
    static Choices keyed(const Model& model, const Recipe& recipe);
    /// The same with every scheme that the strip offers.
    static Choices shown(const Model& model, const Recipe& recipe);
    /// The quantizable ones.
    static QList<int> quantizable(const Model& model, const QList<int>& slotIndices);
};

} // namespace bitloom
