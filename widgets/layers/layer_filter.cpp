// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layer_filter.h"

#include "widgets/base/layer_roles.h"
#include "widgets/base/layer_selection.h"
#include "widgets/layers/flat_layers.h"

#include <algorithm>

namespace bitloom {

namespace {

/// The role that holds a column's number, -1 for text columns.
int numberRole(int column)
{
    switch (column) {
    case BitsColumn:
        return BitsRole;
    case SensitivityColumn:
        return SensitivityRole;
    case ErrorColumn:
        return ErrorRole;
    case SizeColumn:
        return SizeRole;
    case ShapeColumn:
        return WeightsRole;
    default:
        return -1;
    }
}

QStringList searchedTexts(const QModelIndex& row)
{
    const QModelIndex slot = row.siblingAtColumn(NameColumn);
    const QString name = slot.data().toString();
    // Without a parent the name says the group itself.
    return {(slot.parent().data().toString() + u' ' + name).trimmed(),
            slot.data(KindRole).toString(), slot.data(SchemeRole).toString(),
            slot.data(Qt::ToolTipRole).toString()};
}

} // namespace

LayerFilter::LayerFilter(QObject* parent)
    : QSortFilterProxyModel(parent)
    , m_flat(new FlatLayers(this))
{
    setRecursiveFilteringEnabled(true);
}

QString LayerFilter::setPattern(const QString& pattern, bool isRegex)
{
    const QRegularExpression regex(isRegex ? pattern : QString(),
                                   QRegularExpression::CaseInsensitiveOption);
    if (!regex.isValid())
        return tr("Not a regular expression: %1.").arg(regex.errorString());
    m_regex = regex;
    m_isRegex = isRegex;
    m_words = isRegex ? QStringList() : pattern.split(u' ', Qt::SkipEmptyParts);
    invalidateFilter();
    return {};
}

void LayerFilter::setChangedOnly(bool on)
{
    m_changedOnly = on;
    invalidateFilter();
}

bool LayerFilter::fits(const QModelIndex& slot) const
{
    const QStringList texts = searchedTexts(slot);
    if (m_isRegex)
        return std::any_of(texts.begin(), texts.end(),
                           [this](const QString& text) { return m_regex.match(text).hasMatch(); });
    const QString all = texts.join(u' ');
    return std::all_of(m_words.begin(), m_words.end(), [&all](const QString& word) {
        return all.contains(word, Qt::CaseInsensitive);
    });
}

void LayerFilter::setFlat(bool flat)
{
    if (flat == isFlat() || !sourceModel())
        return;
    if (flat) {
        m_layers = sourceModel();
        m_flat->setSourceModel(m_layers);
        setSourceModel(m_flat);
    } else {
        QAbstractItemModel* layers = m_layers;
        m_layers = nullptr;
        setSourceModel(layers);
        m_flat->setSourceModel(nullptr);
    }
}

QModelIndex LayerFilter::toLayers(const QModelIndex& row) const
{
    const QModelIndex source = mapToSource(row);
    return isFlat() ? m_flat->mapToSource(source) : source;
}

QModelIndex LayerFilter::mapFromSource(const QModelIndex& layer) const
{
    const bool deep = isFlat() && layer.isValid() && layer.model() == m_layers;
    return QSortFilterProxyModel::mapFromSource(deep ? m_flat->mapFromSource(layer) : layer);
}

bool LayerFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    const QModelIndex index = sourceModel()->index(row, 0, parent);
    if (!isSlotRow(index))
        return false; // shown for the sake of its slots
    if (m_changedOnly && !index.data(ChangedByFitRole).toBool())
        return false;
    return fits(index);
}

bool LayerFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const int role = numberRole(left.column());
    if (left.column() == NameColumn)
        return left.row() < right.row();
    if (role < 0)
        return QString::localeAwareCompare(left.data().toString(), right.data().toString()) < 0;
    const QVariant a = left.siblingAtColumn(0).data(role);
    const QVariant b = right.siblingAtColumn(0).data(role);
    if (!a.isValid() || !b.isValid()) // unknown ones last, whatever the order
        return a.isValid() == b.isValid() ? left.row() < right.row()
                                          : a.isValid() == (sortOrder() == Qt::AscendingOrder);
    return a.toDouble() < b.toDouble();
}

} // namespace bitloom
