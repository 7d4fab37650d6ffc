//! The title of the document: the page, then the product.

import { useEffect } from 'preact/hooks';

export function useTitle(page: string): void {
  useEffect(() => {
    document.title = `${page} – CentOps`;
  }, [page]);
}
