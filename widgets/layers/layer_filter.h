// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QRegularExpression>
#include <QSortFilterProxyModel>

namespace bitloom {

class FlatLayers;

/// Filters and sorts a layer model. A slot fits when every word occurs in its group, name, role,
/// scheme or tool tip (or the regular expression matches one of these); a group when a slot of it
/// does. Numbers sort as numbers, rows without one come last; names keep the model's order. It can
/// show the slots without their groups, so that they are sorted across all of them.
class LayerFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit LayerFilter(QObject* parent = nullptr);

    /// Returns the sentence saying why a regular expression is wrong (the old filter stays), else
    /// empty.
    QString setPattern(const QString& pattern, bool isRegex);
    void setChangedOnly(bool on);

    /// Whether the slots stand in one list. The model is reset by that.
    void setFlat(bool flat);
    bool isFlat() const { return m_layers != nullptr; }
    /// The layer model, with its groups.
    QAbstractItemModel* layers() const { return isFlat() ? m_layers.data() : sourceModel(); }
    /// The row of the layer model that a row stands for.
    QModelIndex toLayers(const QModelIndex& row) const;
    /// Also from a row of the layer model while the slots stand in one list.
    QModelIndex mapFromSource(const QModelIndex& layer) const override;

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    bool fits(const QModelIndex& slot) const;

    FlatLayers* m_flat;
    QPointer<QAbstractItemModel> m_layers; ///< while m_flat stands between
    QStringList m_words;
    QRegularExpression m_regex;
    bool m_isRegex = false;
    bool m_changedOnly = false;
};

} // namespace bitloom
