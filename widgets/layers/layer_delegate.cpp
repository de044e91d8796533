// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layer_delegate.h"

#include "widgets/base/icons.h"
#include "widgets/base/layer_roles.h"
#include "widgets/base/plot_style.h"

#include <QPainter>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kSensitivityBarHeight = 3; // pixels
constexpr double kFlashOpacity = 0.45;

} // namespace

void LayerDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const QModelIndex row = index.siblingAtColumn(0);
    if (index.column() == NameColumn && row.data(LockedRole).toBool()) {
        option->icon = glyph(QStringLiteral("lock"));
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = QSize(option->fontMetrics.height(), option->fontMetrics.height());
    }
    const bool changedByFit = row.data(ChangedByFitRole).toBool();
    if (index.column() == SchemeColumn && changedByFit)
        option->font.setBold(true);
    if (m_flash > 0 && changedByFit) {
        QColor light = PlotStyle::of(option->palette).quantized;
        light.setAlphaF(static_cast<float>(kFlashOpacity * m_flash));
        option->backgroundBrush = light;
    }
    if (row.data(QuantizableRole) == QVariant(false))
        option->palette.setColor(QPalette::Text, PlotStyle::of(option->palette).muted);
}

QSize LayerDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    return QStyledItemDelegate::sizeHint(option, index) + QSize(0, 2 * kSensitivityBarHeight);
}

void LayerDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const
{
    QStyledItemDelegate::paint(painter, option, index);
    if (index.column() != SensitivityColumn || m_greatest <= 0)
        return;
    const QVariant value = index.siblingAtColumn(0).data(SensitivityRole);
    if (!value.isValid())
        return;
    const double share = std::clamp(value.toDouble() / m_greatest, 0.0, 1.0);
    const bool chosen = option.state.testFlag(QStyle::State_Selected);
    // Below the number, not behind it: both stay readable in every state.
    QRect bar(option.rect.left() + 2, option.rect.bottom() - kSensitivityBarHeight,
              option.rect.width() - 4, kSensitivityBarHeight);
    bar.setWidth(std::max(1, static_cast<int>(bar.width() * share)));
    painter->fillRect(bar, chosen ? option.palette.color(QPalette::HighlightedText)
                                  : PlotStyle::of(option.palette).original);
}

} // namespace bitloom
