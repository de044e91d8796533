// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/session.h"

#include <QUndoCommand>

namespace bitloom {

/// One edit of any number of slots (and, with it, of the target). Edits of the same drag merge; an
/// edit that changed nothing vanishes.
class ChangeChoice : public QUndoCommand {
public:
    /// `drag` 0: never merges.
    ChangeChoice(Session& session, const QString& title, QList<ChoiceChange> changes,
                 QString target, bool byFit, int drag);

    void undo() override;
    void redo() override;
    int id() const override { return m_drag == 0 ? -1 : 1; }
    bool mergeWith(const QUndoCommand* other) override;

private:
    bool changesNothing() const;

    Session& m_session;
    QList<ChoiceChange> m_before;
    QList<ChoiceChange> m_after;
    QString m_targetBefore;
    QString m_targetAfter;
    QSet<int> m_fitBefore;
    QSet<int> m_fitAfter;
    int m_drag;
};

} // namespace bitloom
