// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/change_choice.h"

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

bool equal(const ChoiceChange& a, const ChoiceChange& b)
{
    return a.slot == b.slot && a.after == b.after;
}

} // namespace

QSet<int> slotsOf(const QList<ChoiceChange>& changes)
{
    QSet<int> indices;
    for (const ChoiceChange& change : changes)
        indices.insert(change.slot);
    return indices;
}

ChangeChoice::ChangeChoice(const QString& title, ChoiceEdit before, ChoiceEdit after, int drag,
                           Apply apply)
    : QUndoCommand(title)
    , m_before(std::move(before))
    , m_after(std::move(after))
    , m_drag(drag)
    , m_apply(std::move(apply))
{
    setObsolete(changesNothing());
}

bool ChangeChoice::mergeWith(const QUndoCommand* other)
{
    const auto* next = static_cast<const ChangeChoice*>(other);
    if (next->m_drag != m_drag || slotsOf(next->m_after.changes) != slotsOf(m_after.changes))
        return false;
    m_after = next->m_after;
    setObsolete(changesNothing());
    return true;
}

bool ChangeChoice::changesNothing() const
{
    return m_before.target == m_after.target && m_before.values == m_after.values &&
           m_before.transforms == m_after.transforms &&
           std::equal(m_before.changes.begin(), m_before.changes.end(), m_after.changes.begin(),
                      m_after.changes.end(), equal);
}

} // namespace bitloom
