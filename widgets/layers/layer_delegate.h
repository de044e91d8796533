// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace bitloom {

/// Draws layer rows: a lock before the name of locked slots, a bar below the sensitivity, bold
/// schemes where the last fit changed them (their rows can flash), pale rows that cannot be
/// quantized.
class LayerDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    /// The sensitivity whose bar fills the cell.
    void setGreatest(double sensitivity) { m_greatest = sensitivity; }
    double greatest() const { return m_greatest; }

    /// How brightly rows that the last fit changed light up, 0 to 1.
    void setFlash(double strength) { m_flash = strength; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;

private:
    double m_greatest = 0;
    double m_flash = 0;
};

} // namespace bitloom
