// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRegularExpression>
#include <QSortFilterProxyModel>

namespace bitloom {

/// Filters and sorts a layer model. A slot fits when every word occurs in its group, name, role,
/// scheme or tool tip (or the regular expression matches one of these); a group when a slot of it
/// does. Numbers sort as numbers, rows without one come last; names keep the model's order.
class LayerFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit LayerFilter(QObject* parent = nullptr);

    /// Returns the sentence saying why a regular expression is wrong (the old filter stays), else
    /// empty.
    QString setPattern(const QString& pattern, bool isRegex);
    void setChangedOnly(bool on);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    bool fits(const QModelIndex& slot) const;

    QStringList m_words;
    QRegularExpression m_regex;
    bool m_isRegex = false;
    bool m_changedOnly = false;
};

} // namespace bitloom
