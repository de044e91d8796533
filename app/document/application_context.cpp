// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/application_context.h"

#include "app/document/offers.h"
#include "app/document/recognition.h"
#include "app/words/widget_headers.h"

#include <utility>

namespace bitloom {

ApplicationContext::ApplicationContext(EngineFactory engines)
    : session(std::move(engines))
    , measurements(session)
    , analysis(session, measurements)
    , texts(session, analysis)
    , visited(session, measurements, analysis)
    , background(session, measurements, analysis, visited)
    , layers(session, measurements)
    , selection(&layers)
{
    recogniseWhenOpened(session);
    // A selection model forgets without a word when its model is reset; nobody would hear of it.
    QObject::connect(&layers, &QAbstractItemModel::modelAboutToBeReset, &selection,
                     &QItemSelectionModel::clear);
}

QList<int> ApplicationContext::selectedSlots() const
{
    QList<int> indices;
    const QModelIndexList rows = bitloom::selectedSlots(selection);
    for (const QModelIndex& row : rows)
        indices.append(row.data(SlotRole).toInt());
    return indices;
}

QList<int> ApplicationContext::selectedQuantizable() const
{
    return session.isOpen() ? Offers::quantizable(session.model(), selectedSlots()) : QList<int>();
}

QList<int> ApplicationContext::selectedAlike() const
{
    const QList<int> matrices = selectedQuantizable();
    return matrices.isEmpty() ? selectedSlots() : matrices;
}

void ApplicationContext::select(const QList<int>& slotIndices)
{
    QModelIndexList rows;
    for (const int slot : slotIndices)
        if (const QModelIndex row = layers.indexOf(slot); row.isValid())
            rows.append(row);
    selection.select(rowSelection(rows), QItemSelectionModel::ClearAndSelect);
    if (!rows.isEmpty())
        selection.setCurrentIndex(rows.first(), QItemSelectionModel::NoUpdate);
}

} // namespace bitloom
