// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/cut_texts.h"

#include <QAbstractItemView>
#include <QHeaderView>
#include <QHelpEvent>
#include <QStyle>
#include <QToolTip>

namespace bitloom {

namespace {

/// What was cut, then what the model says of it.
QString joinedHint(bool cut, const QString& text, const QString& own)
{
    if (!cut || own == text)
        return own;
    return own.isEmpty() ? text : text + u'\n' + own;
}

class CutTexts : public QObject {
public:
    explicit CutTexts(QAbstractItemView* view)
        : QObject(view)
        , m_view(view)
    {
        view->viewport()->installEventFilter(this);
    }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() != QEvent::ToolTip || watched != m_view->viewport())
            return QObject::eventFilter(watched, event);
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString hint = hintAt(help->pos());
        if (hint.isEmpty())
            return QObject::eventFilter(watched, event);
        QToolTip::showText(help->globalPos(), hint, m_view);
        return true;
    }

private:
    /// Empty: nothing is cut there, and the view says what it says.
    QString hintAt(const QPoint& place) const
    {
        if (const auto* header = qobject_cast<const QHeaderView*>(m_view)) {
            const int section = header->logicalIndexAt(place);
            return section >= 0 && isSectionCut(*header, section) ? sectionHint(*header, section)
                                                                  : QString();
        }
        const QModelIndex index = m_view->indexAt(place);
        return isCellCut(*m_view, index) ? cellHint(*m_view, index) : QString();
    }

    QAbstractItemView* m_view;
};

} // namespace

void showCutTexts(QAbstractItemView* view)
{
    new CutTexts(view);
    const QList<QHeaderView*> headers = view->findChildren<QHeaderView*>();
    for (QHeaderView* header : headers)
        new CutTexts(header);
}

bool isCellCut(const QAbstractItemView& view, const QModelIndex& index)
{
    if (!index.isValid() || index.data().toString().isEmpty())
        return false;
    return view.sizeHintForIndex(index).width() > view.visualRect(index).width();
}

QString cellHint(const QAbstractItemView& view, const QModelIndex& index)
{
    return joinedHint(isCellCut(view, index), index.data().toString(),
                      index.data(Qt::ToolTipRole).toString());
}

bool isSectionCut(const QHeaderView& header, int section)
{
    const QString text = header.model()->headerData(section, header.orientation()).toString();
    const QStyle* style = header.style();
    int needed = header.fontMetrics().horizontalAdvance(text) +
                 2 * style->pixelMetric(QStyle::PM_HeaderMargin, nullptr, &header);
    if (header.isSortIndicatorShown() && header.sortIndicatorSection() == section)
        needed += style->pixelMetric(QStyle::PM_HeaderMarkSize, nullptr, &header);
    return needed > header.sectionSize(section);
}

QString sectionHint(const QHeaderView& header, int section)
{
    const QAbstractItemModel* model = header.model();
    return joinedHint(isSectionCut(header, section),
                      model->headerData(section, header.orientation()).toString(),
                      model->headerData(section, header.orientation(), Qt::ToolTipRole).toString());
}

} // namespace bitloom
