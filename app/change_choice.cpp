// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/change_choice.h"

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

QSet<int> slotsOf(const QList<ChoiceChange>& changes)
{
    QSet<int> indices;
    for (const ChoiceChange& change : changes)
        indices.insert(change.slot);
    return indices;
}

bool equal(const ChoiceChange& a, const ChoiceChange& b)
{
    return a.slot == b.slot && a.after == b.after;
}

} // namespace

ChangeChoice::ChangeChoice(Session& session, const QString& title, QList<ChoiceChange> changes,
                           QString target, bool byFit, int drag)
    : QUndoCommand(title)
    , m_session(session)
    , m_after(std::move(changes))
    , m_targetBefore(QString::fromStdString(session.recipe().target))
    , m_targetAfter(std::move(target))
    , m_fitBefore(session.changedByFit())
    , m_drag(drag)
{
    for (const ChoiceChange& change : std::as_const(m_after))
        m_before.append({change.slot, session.choice(change.slot)});
    m_fitAfter = byFit ? slotsOf(m_after) : m_fitBefore - slotsOf(m_after);
    setObsolete(changesNothing());
}

void ChangeChoice::undo()
{
    m_session.apply(m_before, m_targetBefore, m_fitBefore);
}

void ChangeChoice::redo()
{
    m_session.apply(m_after, m_targetAfter, m_fitAfter);
}

bool ChangeChoice::mergeWith(const QUndoCommand* other)
{
    const auto* next = static_cast<const ChangeChoice*>(other);
    if (next->m_drag != m_drag || slotsOf(next->m_after) != slotsOf(m_after))
        return false;
    m_after = next->m_after;
    m_fitAfter = next->m_fitAfter;
    setObsolete(changesNothing());
    return true;
}

bool ChangeChoice::changesNothing() const
{
    return m_targetBefore == m_targetAfter &&
           std::equal(m_before.begin(), m_before.end(), m_after.begin(), m_after.end(), equal);
}

} // namespace bitloom
