// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layer_delegate.h"

#include "widgets/icons.h"
#include "widgets/layer_roles.h"
#include "widgets/plot_style.h"

#include <QPainter>

#include <algorithm>

namespace bitloom {

void LayerDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const QModelIndex row = index.siblingAtColumn(0);
    if (index.column() == NameColumn && row.data(LockedRole).toBool()) {
        option->icon = glyph(QStringLiteral("lock"));
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = QSize(option->fontMetrics.height(), option->fontMetrics.height());
    }
    if (index.column() == SchemeColumn && row.data(ChangedByFitRole).toBool())
        option->font.setBold(true);
    if (row.data(QuantizableRole) == QVariant(false))
        option->palette.setColor(QPalette::Text, PlotStyle::of(option->palette).muted);
}

void LayerDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const
{
    const QVariant value = index.siblingAtColumn(0).data(SensitivityRole);
    if (index.column() == SensitivityColumn && value.isValid() && m_greatest > 0) {
        const PlotStyle style = PlotStyle::of(option.palette);
        const double share = std::clamp(value.toDouble() / m_greatest, 0.0, 1.0);
        QRect bar = option.rect.adjusted(1, 3, -1, -3);
        bar.setWidth(std::max(1, static_cast<int>(bar.width() * share)));
        QColor color = style.original;
        color.setAlpha(110);
        QStyledItemDelegate::paint(painter, option, index);
        painter->fillRect(bar, color);
        return;
    }
    QStyledItemDelegate::paint(painter, option, index);
}

} // namespace bitloom
