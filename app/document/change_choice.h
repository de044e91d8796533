// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"

#include <QList>
#include <QSet>
#include <QUndoCommand>

#include <functional>

namespace bitloom {

/// What an edit makes of one slot.
struct ChoiceChange {
    int slot = -1;
    SlotChoice after;
};

/// One side of an edit: what to make of the slots, of the target, and of the marks of the last fit.
struct ChoiceEdit {
    QList<ChoiceChange> changes;
    QString target;
    std::map<std::string, std::string> values; ///< Recipe::values
    std::vector<TransformStep> transforms;     ///< Recipe::transforms
    QSet<int> changedByFit;
};

/// One edit of any number of slots (and, with it, of the target). Edits of the same drag merge; an
/// edit that changed nothing vanishes.
class ChangeChoice : public QUndoCommand {
public:
    using Apply = std::function<void(const ChoiceEdit&)>;
    /// `before` and `after` name the same slots in the same order; `apply` carries either out.
    /// `drag` 0: never merges.
    ChangeChoice(const QString& title, ChoiceEdit before, ChoiceEdit after, int drag, Apply apply);

    void undo() override { m_apply(m_before); }
    void redo() override { m_apply(m_after); }
    int id() const override { return m_drag == 0 ? -1 : 1; }
    bool mergeWith(const QUndoCommand* other) override;

private:
    bool changesNothing() const;

    ChoiceEdit m_before;
    ChoiceEdit m_after;
    int m_drag;
    Apply m_apply;
};

/// The slots an edit touches.
QSet<int> slotsOf(const QList<ChoiceChange>& changes);

} // namespace bitloom
